import { useState } from "preact/hooks";
import { invitation, me, people, send } from "../room/visit";
import { say } from "../text/words";
import { atLeast, type Listener, type Role } from "../wire/messages";
import { Icon } from "./icon";

const ROLES: readonly Role[] = ["listener", "typist", "talker", "owner"];

/** A list of hundreds is of no use; the newest are those whom an owner looks for. */
const MOST_SHOWN = 100;

/** For owners: who is here and what they may do, and a link to let another in. */
export function People() {
  const { known, total } = people.value;
  const shown = known.slice(-MOST_SHOWN);
  return (
    <section>
      <h3>{say("people")}</h3>
      {total > shown.length && <p class="small">{say("newestOf", { shown: shown.length, total })}</p>}
      <ul class="people">
        {shown.map((one) => (
          <Person key={one.listener} one={one} />
        ))}
      </ul>
      <Invitation />
    </section>
  );
}

function Person({ one }: { one: Listener }) {
  const mine = one.listener === me.value;
  const name = one.name || one.address;
  return (
    <li>
      <span class="name">
        {mine ? `${name} (${say("you")})` : name}
        <small>{say("milliseconds", { value: one.round_trip_ms.toFixed(0) })}</small>
      </span>
      <select
        aria-label={`${say("role")}: ${name}`}
        value={one.role}
        disabled={mine}
        onChange={({ currentTarget }) =>
          send({ type: "promote", listener: one.listener, role: currentTarget.value as Role })
        }
      >
        {ROLES.map((role) => (
          <option key={role} value={role}>
            {say(role)}
          </option>
        ))}
      </select>
      {!mine && (atLeast(one.role, "talker") || one.hushed) && (
        <button
          type="button"
          class="plain"
          aria-pressed={one.hushed}
          aria-label={`${say("keepOut")}: ${name}`}
          title={say("keepOut")}
          onClick={() => send({ type: "hush", listener: one.listener, hushed: !one.hushed })}
        >
          <Icon name={one.hushed ? "mic-off" : "mic"} size={18} />
        </button>
      )}
      {!mine && (
        <button
          type="button"
          class="plain"
          aria-label={`${say("remove")}: ${name}`}
          title={say("remove")}
          onClick={() => send({ type: "remove", listener: one.listener })}
        >
          <Icon name="close" size={18} />
        </button>
      )}
    </li>
  );
}

function Invitation() {
  const [role, setRole] = useState<Role>("listener");
  const [copied, setCopied] = useState("");
  const link = invitation.value;
  return (
    <div class="invitation">
      <div class="line">
        <label for="invite-role">{say("inviteAs")}</label>
        <select
          id="invite-role"
          value={role}
          onChange={({ currentTarget }) => setRole(currentTarget.value as Role)}
        >
          {ROLES.map((one) => (
            <option key={one} value={one}>
              {say(one)}
            </option>
          ))}
        </select>
        <button type="button" class="soft" onClick={() => send({ type: "invite", role })}>
          {say("invite")}
        </button>
      </div>
      {link && (
        <>
          <div class="line">
            <input
              type="text"
              class="link"
              readOnly
              value={link.url}
              aria-label={say("invite")}
              onFocus={({ currentTarget }) => currentTarget.select()}
            />
            {navigator.clipboard && (
              <button
                type="button"
                class="plain"
                aria-label={say(copied === link.url ? "copied" : "copy")}
                title={say(copied === link.url ? "copied" : "copy")}
                onClick={() => void navigator.clipboard.writeText(link.url).then(() => setCopied(link.url))}
              >
                <Icon name={copied === link.url ? "check" : "copy"} />
              </button>
            )}
          </div>
          <p class="small">{say("linkHint", { minutes: link.minutes })}</p>
        </>
      )}
    </div>
  );
}

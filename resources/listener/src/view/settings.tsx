import { useEffect, useRef } from "preact/hooks";
import { DELAY_LIMIT_MS, delayMs, deviceName } from "../room/memory";
import { conversation, figures, manner, role, send } from "../room/visit";
import { language, say } from "../text/words";
import { Volume } from "./header";
import { Icon } from "./icon";
import { People } from "./people";
import { Trust } from "./trust";

/** What this device can set, how well it follows, and for an owner who else is here. */
export function Settings({ open, onClose }: { open: boolean; onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (open) dialog.current?.showModal();
    else dialog.current?.close();
  }, [open]);
  return (
    <dialog
      ref={dialog}
      class="settings"
      aria-label={say("settings")}
      onClose={onClose}
      onClick={(event) => event.target === dialog.current && onClose()}
    >
      {open && (
        <div class="sheet">
          <div class="title">
            <h2>{say("settings")}</h2>
            <button type="button" class="plain" aria-label={say("close")} onClick={onClose}>
              <Icon name="close" />
            </button>
          </div>
          <ThisDevice />
          <ConnectionFigures />
          {role.value === "owner" && <Everybody />}
          {role.value === "owner" && <People />}
        </div>
      )}
    </dialog>
  );
}

function ThisDevice() {
  return (
    <section>
      <h3>{say("thisDevice")}</h3>
      <label class="line">
        <span>{say("name")}</span>
        <input
          type="text"
          maxLength={40}
          value={deviceName.value}
          autocomplete="off"
          onChange={({ currentTarget }) => (deviceName.value = currentTarget.value)}
        />
      </label>
      <label class="line only-phone">
        <span>{say("volume")}</span>
        <Volume />
      </label>
      <label class="line">
        <span>{say("delay")}</span>
        <input
          type="range"
          min={-DELAY_LIMIT_MS}
          max={DELAY_LIMIT_MS}
          step="10"
          value={delayMs.value}
          style={{ "--part": (delayMs.value + DELAY_LIMIT_MS) / (2 * DELAY_LIMIT_MS) }}
          onInput={({ currentTarget }) => (delayMs.value = Number(currentTarget.value))}
        />
        <output>{say("milliseconds", { value: delayMs.value })}</output>
      </label>
      <p class="small">{say("delayHint")}</p>
      <Trust />
    </section>
  );
}

function ConnectionFigures() {
  const now = figures.value;
  const { mode, leadMs } = manner.value;
  const rows: [string, string][] = [
    [say("roundTrip"), milliseconds(now.roundTripMs, 1)],
    [say("clock"), milliseconds(now.clockErrorMs, 2)],
    [say("offStep"), milliseconds(now.syncErrorMs, 2)],
    [say("buffer"), milliseconds(now.bufferMs, 0)],
    [say("late"), now.latePackets.toLocaleString(language)],
    [say("mode"), mode === "room" ? say("roomMode") : say("personal", { lead: leadMs })],
  ];
  return (
    <section>
      <h3>{say("connection")}</h3>
      <dl>
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function Everybody() {
  const { muted } = conversation.value;
  return (
    <section>
      <h3>{say("everybody")}</h3>
      <div class="line">
        <span>{say("voiceForAll")}</span>
        <button
          type="button"
          role="switch"
          class="switch"
          aria-checked={!muted}
          aria-label={say("voiceForAll")}
          onClick={() => send({ type: "mute", muted: !muted })}
        >
          <i />
        </button>
      </div>
    </section>
  );
}

function milliseconds(value: number, digits: number): string {
  const number = value.toLocaleString(language, { maximumFractionDigits: digits, minimumFractionDigits: digits });
  return say("milliseconds", { value: number });
}

import { session } from "../room/memory";
import { join, mayJoin, status } from "../room/visit";
import { say, type Key } from "../text/words";
import { Icon } from "./icon";
import { Trust } from "./trust";

/** What is seen until the room lets the person in, and after having been sent away. */
export function Door() {
  const { title, hint, button } = textsOf();
  const knocking = status.value !== null && status.value.kind !== "ended";
  return (
    <main class="door">
      <div class="mark">
        <Icon name="voice" size={40} />
      </div>
      <h1>{say(title)}</h1>
      <p role="status">{say(hint)}</p>
      {button && (
        <button type="button" class="primary" disabled={knocking} onClick={join}>
          {say(button)}
        </button>
      )}
      <Trust />
    </main>
  );
}

function textsOf(): { title: Key; hint: Key; button: Key | null } {
  const ended = status.value?.kind === "ended" ? status.value.reason : null;
  if (ended === "removed") return { title: "removed", hint: "removedHint", button: null };
  if (ended === "elsewhere") return { title: "elsewhere", hint: "elsewhereHint", button: "useHere" };
  if (ended === "unauthorised") return { title: "invitationUsed", hint: "invitationUsedHint", button: null };
  if (status.value && !ended) {
    const hint = status.value.kind === "waiting" ? "retrying" : "joinHint";
    return { title: "appName", hint, button: "connecting" };
  }
  if (!mayJoin.value) return { title: "needInvitation", hint: "needInvitationHint", button: null };
  return { title: "appName", hint: "joinHint", button: session.value ? "joinAgain" : "join" };
}

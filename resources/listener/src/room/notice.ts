/** A short line that is shown for a few seconds: why something was not done. */

import { signal } from "@preact/signals";
import { type Key, say } from "../text/words";

const NOTICE_MS = 6_000;

export const notice = signal("");

let timer: ReturnType<typeof setTimeout> | undefined;

/** Shows `key`. */
export function tell(key: Key, values: Record<string, string | number> = {}): void {
  tellText(say(key, values));
}

/** Shows a text that came from the host. */
export function tellText(text: string): void {
  clearTimeout(timer);
  notice.value = text;
  timer = setTimeout(() => {
    notice.value = "";
  }, NOTICE_MS);
}

/** Shows why the server did not do something. */
export function tellRefusal(code: string, message: string, retryAfterS: number): void {
  if (code === "talker_busy") tell("busy");
  else if (code === "talk_too_long") tell("tooLong");
  else if (code === "rate_limited") tell("slower", { seconds: Math.ceil(retryAfterS) });
  else if (code === "too_long") tell("textTooLong");
  else if (code !== "unauthorised") tellText(message); // the close that follows that one is shown
}

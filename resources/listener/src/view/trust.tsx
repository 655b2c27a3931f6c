import { signal } from "@preact/signals";
import { say } from "../text/words";
import { systemOf, trustSteps } from "../text/trust";

const AUTHORITY = "authority.crt";

/** Whether this room has a certificate of its own to trust; a proxy's or Tailscale's needs no steps. */
const offered = signal(false);

if (location.protocol === "https:") {
  fetch(AUTHORITY, { cache: "no-store" })
    .then(({ ok }) => (offered.value = ok))
    .catch(() => undefined);
}

/** How to trust the room's own certificate on this device; nothing where there is none. */
export function Trust() {
  if (!offered.value) return null;
  return (
    <details class="trust">
      <summary>{say("trustTitle")}</summary>
      <p class="small">{say("trustHint")}</p>
      <ol>
        {trustSteps(systemOf(navigator.userAgent, navigator.maxTouchPoints)).map((step) => (
          <li key={step}>{step}</li>
        ))}
      </ol>
      <a href={AUTHORITY}>
        {say("trustGet")}
      </a>
    </details>
  );
}

import { silenced, volume } from "../room/memory";
import { conversation, figures, inStep, role, soundRunning, status, turnSoundOn } from "../room/visit";
import { say } from "../text/words";
import { atLeast } from "../wire/messages";
import { Icon } from "./icon";

/** The name, how the connection is, this device's loudness, and the way to the settings. */
export function Header({ onSettings }: { onSettings: () => void }) {
  return (
    <header>
      <h1>Aloud</h1>
      <button type="button" class="status" onClick={onSettings} data-kind={kindOf()}>
        <i aria-hidden="true" />
        <span role="status">{statusText()}</span>
      </button>
      <div class="loudness">
        <button
          type="button"
          class="plain"
          aria-pressed={silenced.value}
          aria-label={say(silenced.value ? "unmute" : "mute")}
          title={say(silenced.value ? "unmute" : "mute")}
          onClick={() => (silenced.value = !silenced.value)}
        >
          <Icon name={silenced.value || volume.value === 0 ? "speaker-off" : "speaker"} />
        </button>
        <Volume />
      </div>
      <button type="button" class="plain" aria-label={say("settings")} title={say("settings")} onClick={onSettings}>
        <Icon name="gear" />
      </button>
      {status.value?.kind === "joined" && !soundRunning.value && (
        <p class="banner">
          {say("tapForSound")}
          <button type="button" onClick={turnSoundOn}>
            {say("turnSoundOn")}
          </button>
        </p>
      )}
    </header>
  );
}

/** This device's loudness. */
export function Volume() {
  return (
    <input
      type="range"
      class="volume"
      min="0"
      max="1"
      step="0.02"
      aria-label={say("volume")}
      value={silenced.value ? 0 : volume.value}
      style={{ "--part": silenced.value ? 0 : volume.value }}
      onInput={({ currentTarget }) => {
        volume.value = Number(currentTarget.value);
        silenced.value = false;
      }}
    />
  );
}

function kindOf(): string {
  if (status.value?.kind !== "joined") return "away";
  return inStep.value && figures.value.syncErrorMs < 20 ? "good" : "busy";
}

function statusText(): string {
  const now = status.value;
  if (now?.kind === "connecting") return say("connecting");
  if (now?.kind === "waiting") return say("retrying");
  if (!inStep.value) return say("syncing");
  if (!soundRunning.value) return say("soundOff");
  return say("inStep");
}

/** For those who may: what the person hears is off for everybody. */
export function MutedForAll() {
  if (!conversation.value.muted) return null;
  return <p class="muted-for-all">{say("mutedForAll")}</p>;
}

export const mayAsk = () => atLeast(role.value, "typist");
export const mayTalk = () => atLeast(role.value, "talker");

import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { ask, conversation, hushed, level, me, press, release, send, status, talkState } from "../room/visit";
import { talkingImpossible } from "../sound/microphone";
import { say } from "../text/words";
import { mayAsk, mayTalk } from "./header";
import { Icon } from "./icon";

/** Where one asks: by writing, or by holding the button. What the role does not allow is not there. */
export function Dock() {
  return (
    <footer class="dock">
      {mayAsk() ? (
        <div class="tools">
          <Composer />
          <Stop />
          {mayTalk() && <TalkButton />}
        </div>
      ) : null}
      <p class="hint" data-state={conversation.value.state}>
        {stateText() || hintText()}
      </p>
    </footer>
  );
}

function Composer() {
  const [text, setText] = useState("");
  const field = useRef<HTMLTextAreaElement>(null);
  const submit = () => {
    if (!ask(text)) return;
    setText("");
    field.current?.focus();
  };
  useEffect(() => {
    const place = field.current;
    if (!place) return;
    place.style.height = "auto";
    place.style.height = `${place.scrollHeight}px`;
  }, [text]);
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <textarea
        ref={field}
        rows={1}
        value={text}
        placeholder={say("ask")}
        aria-label={say("ask")}
        enterkeyhint="send"
        autocomplete="off"
        onInput={({ currentTarget }) => setText(currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
          event.preventDefault();
          submit();
        }}
      />
      <button
        type="submit"
        class="send"
        aria-label={say("send")}
        disabled={!text.trim() || status.value?.kind !== "joined"}
      >
        <Icon name="send" size={18} />
      </button>
    </form>
  );
}

function Stop() {
  const { state } = conversation.value;
  return state === "thinking" || state === "speaking" ? <StopButton /> : null;
}

/** Escape stops too, unless it closes the settings. */
function StopButton() {
  useLayoutEffect(() => {
    const down = (event: KeyboardEvent) => {
      if (event.key === "Escape" && !document.querySelector("dialog[open]")) send({ type: "stop" });
    };
    addEventListener("keydown", down);
    return () => removeEventListener("keydown", down);
  }, []);
  return (
    <button
      type="button"
      class="round stop"
      aria-label={say("stop")}
      title={say("stop")}
      onClick={() => send({ type: "stop" })}
    >
      <Icon name="stop" />
    </button>
  );
}

function TalkButton() {
  const impossible = cannotTalk();
  const state = talkState.value;
  useHeldSpace();
  return (
    <button
      type="button"
      class="round talk"
      data-state={state}
      aria-label={say("hold")}
      aria-pressed={state !== "silent"}
      aria-disabled={impossible !== null || othersTalk()}
      title={say(impossible ?? "hold")}
      style={{ "--level": level.value }}
      onContextMenu={(event) => event.preventDefault()}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        void press();
      }}
      onPointerUp={release}
      onPointerCancel={release}
      onKeyDown={(event) => {
        if ((event.key === " " || event.key === "Enter") && !event.repeat) void press();
      }}
      onKeyUp={(event) => {
        if (event.key === " " || event.key === "Enter") release();
      }}
      onBlur={release}
    >
      <Icon name="mic" size={24} />
    </button>
  );
}

/** The space bar talks too, wherever it does not write or press something else. */
function useHeldSpace() {
  useLayoutEffect(() => {
    const elsewhere = (event: KeyboardEvent) =>
      event.key === " " && !(event.target as HTMLElement).closest("input, textarea, button, select, a, dialog");
    const down = (event: KeyboardEvent) => {
      if (!elsewhere(event)) return;
      event.preventDefault();
      if (!event.repeat) void press();
    };
    const up = (event: KeyboardEvent) => {
      if (elsewhere(event)) release();
    };
    addEventListener("keydown", down);
    addEventListener("keyup", up);
    addEventListener("blur", release);
    return () => {
      removeEventListener("keydown", down);
      removeEventListener("keyup", up);
      removeEventListener("blur", release);
    };
  }, []);
}

/** Why this person can't talk though their role would let them, or null if they can. */
function cannotTalk() {
  return talkingImpossible() ?? (hushed.value ? "hushed" : null);
}

function othersTalk(): boolean {
  const { talker } = conversation.value;
  return talker !== "" && talker !== me.value;
}

function stateText(): string {
  const { state, talker, talkerName } = conversation.value;
  if (talkState.value === "talking") return say("talking");
  if (talkState.value === "asking") return say("asking");
  if (othersTalk() && talker) return say("somebodyTalks", { name: talkerName || say("somebody") });
  return state === "idle" ? backendText() : say(state);
}

/** What the host is not ready for yet, or any more. */
function backendText(): string {
  const { backends } = conversation.value;
  const broken = backends.find(({ state }) => state === "failed");
  if (broken) return say("broken", { part: say(broken.port) });
  const loading = backends.find(({ state }) => state === "loading" || state === "restarting");
  if (!loading) return "";
  const percent = loading.progress === null ? "" : ` · ${Math.round(100 * loading.progress)} %`;
  return say("loads", { part: say(loading.port) }) + percent;
}

function hintText(): string {
  if (!mayAsk()) return say("listenOnly");
  if (!mayTalk()) return "";
  return say(cannotTalk() ?? (matchMedia("(hover: none)").matches ? "holdTouch" : "holdHint"));
}

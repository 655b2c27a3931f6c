import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Turn } from "../room/conversation";
import { conversation, me } from "../room/visit";
import { say } from "../text/words";
import { MutedForAll } from "./header";
import { Icon } from "./icon";
import { Reply } from "./reply";
import { spoken } from "./spoken";

/** So near to the end the transcript follows what is written. */
const FOLLOW_PX = 120;

/** The conversation, oldest first, following its end unless the person reads further up. */
export function Transcript() {
  const { turns, state, partial, earlierTurns } = conversation.value;
  const scroller = useRef<HTMLElement>(null);
  const follows = useRef(true);
  const [away, setAway] = useState(false);

  const toEnd = (behavior: ScrollBehavior) => {
    const place = scroller.current;
    place?.scrollTo({ top: place.scrollHeight, behavior });
  };
  useLayoutEffect(() => {
    if (follows.current) toEnd("instant");
  });
  useEffect(() => {
    const stay = () => follows.current && toEnd("instant");
    addEventListener("resize", stay);
    return () => removeEventListener("resize", stay);
  }, []);

  const listening = state === "listening" || state === "transcribing";
  return (
    <main
      ref={scroller}
      class="transcript"
      tabIndex={0}
      aria-label={say("conversation")}
      onScroll={({ currentTarget: place }) => {
        follows.current = place.scrollHeight - place.scrollTop - place.clientHeight < FOLLOW_PX;
        setAway(!follows.current);
      }}
    >
      <div class="column">
        <MutedForAll />
        {earlierTurns > 0 && <p class="earlier">{say("earlier", { count: earlierTurns })}</p>}
        {turns.length === 0 && !listening && <Nothing />}
        {turns.map((turn) => (
          <One key={turn.turn} turn={turn} waits={state === "thinking" && turn === turns[turns.length - 1]} />
        ))}
        {listening && <Question text={partial} waits who={talkerName()} />}
      </div>
      {away && (
        <button type="button" class="to-newest" onClick={() => toEnd("smooth")} aria-label={say("toNewest")}>
          <Icon name="down" size={18} />
        </button>
      )}
    </main>
  );
}

function One({ turn, waits }: { turn: Turn; waits: boolean }) {
  const speaks = spoken.value?.turn === turn.turn;
  return (
    <article class="turn" data-turn={turn.turn} data-outcome={turn.outcome ?? "running"} data-speaks={speaks}>
      {turn.question && <Question text={turn.question} />}
      {waits && !turn.reply && <Dots />}
      {(turn.reply || turn.failure || turn.outcome === "failed") && <Reply turn={turn} />}
    </article>
  );
}

function Question({ text, waits = false, who = "" }: { text: string; waits?: boolean; who?: string }) {
  return (
    <div class="question">
      {who && <span class="who">{say("somebodyTalks", { name: who })}</span>}
      <p class={waits ? "bubble partial" : "bubble"}>
        {text}
        {waits && <Dots />}
      </p>
    </div>
  );
}

function Dots() {
  return (
    <span class="dots" aria-hidden="true">
      <i />
      <i />
      <i />
    </span>
  );
}

function Nothing() {
  return (
    <div class="nothing">
      <div class="mark">
        <Icon name="voice" size={32} />
      </div>
      <h2>{say("nothingYet")}</h2>
      <p>{say("nothingYetHint")}</p>
    </div>
  );
}

function talkerName(): string {
  const { talker, talkerName: name } = conversation.value;
  if (!talker || talker === me.value) return "";
  return name || say("somebody");
}

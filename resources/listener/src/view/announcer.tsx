import { effect, signal } from "@preact/signals";
import { conversation } from "../room/visit";
import { rendered } from "../text/markdown";
import { finishedLength } from "../text/sentences";
import { say } from "../text/words";

/** What was read out last; numbered, so that a screen reader never takes an old one for a new one. */
const announced = signal<readonly { number: number; text: string }[]>([]);
const KEPT = 6;

let number = 0;

let turnBefore = 0;
let lengthBefore = 0;
let endedBefore = true;

/** Only what is whole: questions, and sentences of the answer as they are finished. */
effect(() => {
  const { turns } = conversation.value;
  const last = turns[turns.length - 1];
  if (!last) return;
  const news: string[] = [];
  if (last.turn !== turnBefore) {
    const joinedLate = turnBefore === 0 && last.outcome !== null;
    turnBefore = last.turn;
    lengthBefore = joinedLate ? last.reply.length : 0;
    endedBefore = joinedLate;
    if (!joinedLate && last.question) news.push(last.question);
  }
  const ended = last.complete || last.outcome !== null;
  const whole = ended ? last.reply.length : finishedLength(last.reply);
  if (whole > lengthBefore) {
    const text = rendered(last.reply.slice(lengthBefore, whole)).textContent?.trim();
    if (text) news.push(text);
    lengthBefore = whole;
  }
  if (last.outcome !== null && !endedBefore) {
    endedBefore = true;
    if (last.outcome === "interrupted") news.push(say(last.heard ? "cutHere" : "cutBefore"));
  }
  if (news.length === 0) return;
  announced.value = [
    ...announced.peek().slice(-KEPT),
    ...news.map((text) => ({ number: (number += 1), text })),
  ];
});

/** What screen readers read out; not seen. */
export function Announcer() {
  return (
    <div class="unseen" role="log" aria-live="polite" aria-atomic="false">
      {announced.value.map(({ number, text }) => (
        <p key={number}>{text}</p>
      ))}
    </div>
  );
}

/** The word that is heard at this moment, looked up at every picture while something is spoken. */

import { effect, signal } from "@preact/signals";
import { wordAt } from "../room/conversation";
import { conversation, serverNowUs } from "../room/visit";

export interface Spoken {
  turn: number;
  start: number;
  end: number;
}

export const spoken = signal<Spoken | null>(null);

let frame = 0;

function look(): void {
  const nowUs = serverNowUs();
  const { turns } = conversation.value;
  const last = turns[turns.length - 1];
  const cut = last?.outcome === "interrupted" || last?.outcome === "failed";
  const word = nowUs !== null && last && !cut ? wordAt(last.words, nowUs) : null;
  const before = spoken.value;
  if (!word || !last) spoken.value = null;
  else if (before?.turn !== last.turn || before.start !== word.start || before.end !== word.end) {
    spoken.value = { turn: last.turn, start: word.start, end: word.end };
  }
  const lastWord = last?.words[last.words.length - 1];
  const more = lastWord && (nowUs === null || nowUs < lastWord.at_us + 2_000_000);
  frame = more || last?.outcome === null ? requestAnimationFrame(look) : 0;
}

effect(() => {
  if (conversation.value.turns.length && !frame) frame = requestAnimationFrame(look);
});

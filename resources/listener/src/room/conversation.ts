/** The conversation as it was told: a fold over the room's messages. */

import type {
  BackendSnapshot,
  Outcome,
  RoomMessage,
  Snapshot,
  StateName,
  Word,
} from "../wire/messages";

export interface Turn {
  turn: number;
  question: string;
  typed: boolean;
  reply: string;
  complete: boolean;
  heard: string;
  outcome: Outcome | null;
  words: readonly Word[];
  failure: { message: string; remedy: string } | null;
}

export interface Conversation {
  room: string;
  state: StateName;
  turn: number;
  partial: string;
  muted: boolean;
  talker: string;
  talkerName: string;
  earlierTurns: number;
  turns: readonly Turn[];
  backends: readonly BackendSnapshot[];
}

export const NOTHING_YET: Conversation = {
  room: "",
  state: "idle",
  turn: 0,
  partial: "",
  muted: false,
  talker: "",
  talkerName: "",
  earlierTurns: 0,
  turns: [],
  backends: [],
};

/** As many turns are kept as a snapshot holds. */
const MOST_TURNS = 50;

/** What `snapshot` says, in place of all that was known. */
export function fromSnapshot(snapshot: Snapshot): Conversation {
  return {
    room: snapshot.room,
    state: snapshot.state,
    turn: snapshot.turn,
    partial: snapshot.partial,
    muted: snapshot.muted,
    talker: snapshot.talker,
    talkerName: snapshot.talker_name,
    earlierTurns: snapshot.earlier_turns,
    turns: snapshot.turns.map((turn) => ({ ...turn, failure: null })),
    backends: snapshot.backends,
  };
}

/** `before` after `message`. */
export function told(before: Conversation, message: RoomMessage): Conversation {
  switch (message.type) {
    case "snapshot":
      return fromSnapshot(message.snapshot);
    case "state": {
      const partial = message.state === "listening" ? "" : before.partial;
      return { ...before, state: message.state, turn: message.turn, partial };
    }
    case "partial":
      return { ...before, partial: message.text };
    case "transcript":
      return changed({ ...before, partial: "" }, message.turn, () => ({
        question: message.text,
        typed: message.typed,
      }));
    case "delta":
      return changed(before, message.turn, (turn) => ({ reply: turn.reply + message.text }));
    case "completed":
      return changed(before, message.turn, () => ({ reply: message.text, complete: true }));
    case "words":
      return changed(before, message.turn, (turn) => ({ words: [...turn.words, ...message.words] }));
    case "ended":
      return ended(before, message);
    case "failed":
      return failed(before, message);
    case "talker":
      return { ...before, talker: message.listener, talkerName: message.name };
    case "muted":
      return { ...before, muted: message.muted };
    case "backend": {
      const others = before.backends.filter((backend) => backend.port !== message.port);
      return { ...before, backends: [...others, message] };
    }
    case "cut":
      return before;
  }
}

function changed(before: Conversation, number: number, change: (turn: Turn) => Partial<Turn>): Conversation {
  const found = before.turns.find((turn) => turn.turn === number);
  const turn = found ?? { ...EMPTY_TURN, turn: number };
  const next = { ...turn, ...change(turn) };
  if (found) return { ...before, turns: before.turns.map((other) => (other === found ? next : other)) };
  const turns = [...before.turns, next];
  const dropped = Math.max(0, turns.length - MOST_TURNS);
  return { ...before, turns: turns.slice(dropped), earlierTurns: before.earlierTurns + dropped };
}

const EMPTY_TURN: Turn = {
  turn: 0,
  question: "",
  typed: false,
  reply: "",
  complete: false,
  heard: "",
  outcome: null,
  words: [],
  failure: null,
};

function ended(before: Conversation, message: Extract<RoomMessage, { type: "ended" }>): Conversation {
  const { turn, outcome, question, reply, heard } = message;
  const partial = before.turn <= turn ? "" : before.partial;
  if (outcome === "discarded") {
    return { ...before, partial, turns: before.turns.filter((other) => other.turn !== turn) };
  }
  return changed({ ...before, partial }, turn, () => ({ outcome, question, reply, heard }));
}

function failed(before: Conversation, message: Extract<RoomMessage, { type: "failed" }>): Conversation {
  if (!message.turn) return before; // shown once, to who is there
  return changed(before, message.turn, () => ({ failure: { message: message.message, remedy: message.remedy } }));
}

/** The word that is heard at `serverUs`, or null between words that are long apart. */
export function wordAt(words: readonly Word[], serverUs: number): Word | null {
  let low = 0;
  let high = words.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((words[middle] as Word).at_us <= serverUs) low = middle + 1;
    else high = middle;
  }
  const word = words[low - 1];
  return word && serverUs - word.at_us < LONGEST_WORD_US ? word : null;
}

/** A word is marked for so long at most, where no other follows. */
const LONGEST_WORD_US = 1_200_000;

import serverMessages from "../../../tests/golden/server_messages.json";
import { expect, test } from "vitest";
import { fromSnapshot, NOTHING_YET, told, wordAt } from "../src/room/conversation";
import type { RoomMessage, ServerMessage, Snapshot, Word } from "../src/wire/messages";

function after(...messages: RoomMessage[]) {
  return messages.reduce(told, NOTHING_YET);
}

const TYPED: RoomMessage[] = [
  { type: "transcript", turn: 1, text: "What is it?", typed: true },
  { type: "state", turn: 1, state: "thinking", at_us: 0 },
  { type: "delta", turn: 1, text: "It is " },
  { type: "delta", turn: 1, text: "a voice." },
];

test("a reply grows by its deltas", () => {
  const now = after(...TYPED);
  expect(now.state).toBe("thinking");
  expect(now.turns).toMatchObject([{ turn: 1, question: "What is it?", reply: "It is a voice.", outcome: null }]);
});

test("the whole reply replaces its fragments", () => {
  const now = after(...TYPED, { type: "completed", turn: 1, text: "It is a voice!" });
  expect(now.turns[0]).toMatchObject({ reply: "It is a voice!", complete: true });
});

test("what was understood so far is shown until the question is known", () => {
  const asked: RoomMessage[] = [
    { type: "state", turn: 2, state: "listening", at_us: 0 },
    { type: "partial", turn: 2, text: "And the" },
  ];
  expect(after(...asked).partial).toBe("And the");
  expect(after(...asked, { type: "transcript", turn: 2, text: "And the moon?", typed: false }).partial).toBe("");
});

test("an interrupted turn keeps what was heard of it", () => {
  const ended = { type: "ended", turn: 1, outcome: "interrupted", question: "What is it?", reply: "It is a voice.", heard: "It is" };
  expect(after(...TYPED, ended as RoomMessage).turns[0]).toMatchObject({ outcome: "interrupted", heard: "It is" });
});

test("a discarded turn leaves nothing", () => {
  const ended = { type: "ended", turn: 1, outcome: "discarded", question: "", reply: "", heard: "" };
  expect(after({ type: "state", turn: 1, state: "listening", at_us: 0 }, ended as RoomMessage).turns).toEqual([]);
});

test("a failure belongs to its turn, or to none", () => {
  const failed = { type: "failed", message: "It broke.", remedy: "Try again." } as const;
  expect(after(...TYPED, { ...failed, turn: 1 }).turns[0]?.failure?.message).toBe("It broke.");
  expect(after(...TYPED, { ...failed, turn: 0 })).toEqual(after(...TYPED));
});

test("only so many turns are kept, and the others counted", () => {
  const many = Array.from({ length: 60 }, (_, index): RoomMessage => ({ type: "transcript", turn: index + 1, text: "?", typed: true }));
  const now = after(...many);
  expect([now.turns.length, now.turns[0]?.turn, now.earlierTurns]).toEqual([50, 11, 10]);
});

test("every message of the protocol is understood, and a snapshot replaces everything", () => {
  const messages = serverMessages.map(({ text }) => JSON.parse(text) as ServerMessage);
  const welcome = messages.find((message) => message.type === "welcome");
  const snapshot = (welcome as { snapshot: Snapshot }).snapshot;
  let now = fromSnapshot(snapshot);
  expect(now.turns.map((turn) => turn.outcome)).toEqual(["interrupted", null]);
  const privately = new Set(["welcome", "probe", "listeners", "role", "hushed", "invited", "error"]);
  for (const message of messages) if (!privately.has(message.type)) now = told(now, message as RoomMessage);
  expect(now.turns.at(-1)).toMatchObject({ turn: 7, reply: "It is 2,962 m" });
});

test("the word that is heard is the last that has begun", () => {
  const words: Word[] = [1_000_000, 1_300_000, 9_000_000].map((at_us, index) => ({ text: `${index}`, start: index, end: index + 1, at_us }));
  const heard = (atUs: number) => wordAt(words, atUs)?.text;
  expect([999_999, 1_000_000, 1_299_999, 1_300_000, 3_000_000, 9_000_001].map(heard)).toEqual([
    undefined, "0", "0", "1", undefined, "2",
  ]);
});

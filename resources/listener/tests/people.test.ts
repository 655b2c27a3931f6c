import serverMessages from "../../../tests/golden/server_messages.json";
import { expect, test } from "vitest";
import { NOBODY, type People, peopleAfter } from "../src/room/people";
import type { Listener, ServerMessage } from "../src/wire/messages";

const golden = serverMessages
  .map(({ text }) => JSON.parse(text) as ServerMessage)
  .find((message) => message.type === "listeners");
if (!golden) throw new Error("there is no golden example");
const phone = golden.listeners[0] as Listener;

const guest = (listener: string, name = ""): Listener => ({ ...phone, listener, name });
const after = (before: People, listeners: Listener[], gone: string[] = [], anew = false, total = 9) =>
  peopleAfter(before, { type: "listeners", listeners, gone, total, anew });

test("what comes is added, what changes stays where it is", () => {
  const two = after(after(NOBODY, [guest("a"), guest("b")], [], true), [guest("a", "Jo"), guest("c")]);
  expect(two.known.map(({ listener, name }) => [listener, name])).toEqual([["a", "Jo"], ["b", ""], ["c", ""]]);
  expect(two.total).toBe(9);
});

test("who is gone is gone, and nobody else", () => {
  expect(after(after(NOBODY, [guest("a"), guest("b")]), [], ["a", "never seen"]).known).toEqual([guest("b")]);
});

test("a list that begins anew forgets the one before", () => {
  expect(after(after(NOBODY, [guest("a")]), [guest("b")], [], true).known).toEqual([guest("b")]);
});

test("the golden example is read", () => {
  expect(peopleAfter(NOBODY, golden)).toEqual({ known: [phone], total: 3 });
});

import { expect, test } from "vitest";
import { alignment, codePoints, shownRange } from "../src/text/align";
import { finishedLength } from "../src/text/sentences";

/** What is marked in `shown` when `word` of `source` is heard. */
function marked(source: string, shown: string, word: string, nth = 0): string | null {
  let unit = -1;
  for (let count = 0; count <= nth; count++) unit = source.indexOf(word, unit + 1);
  const start = codePoints(source.slice(0, unit));
  const range = shownRange(alignment(source, shown), start, start + codePoints(word));
  return range && shown.slice(...range);
}

test.each([
  ["plain words", "plain words", "words"],
  ["**bold** and *slanted*", "bold and slanted", "slanted"],
  ["1. first\n2. second", "first\nsecond\n", "second"],
  ["see [the page](https://example.org/the-page) now", "see the page now", "now"],
  ["# Title\n\nBelow", "Title\nBelow", "Below"],
  ["🙂 après **l’été**", "🙂 après l’été", "l’été"],
  ["a `code` b", "a code b", "b"],
  ["| a | b |\n|---|---|\n| one | two |", "a\nb\none\ntwo", "two"],
  ["fish & chips", "fish & chips", "chips"],
])("in %j the heard word is found", (source, shown, word) => {
  expect(marked(source, shown, word)).toBe(word);
});

test("of two equal words the right one is marked", () => {
  const source = "no **no** no";
  const places = alignment(source, "no no no");
  expect(shownRange(places, 5, 7)).toEqual([3, 5]);
});

test("what is not shown is not marked", () => {
  expect(shownRange(alignment("a **b**", "a b"), 2, 4)).toBeNull();
});

test.each([
  ["One. Two. Thr", 9],
  ["No end", 0],
  ["Really?! Yes", 8],
  ["It is 3.5 m", 0],
  ["A list:\n- one", 8],
  ["He said “no.” Then", 13],
])("of %j the first %i characters are whole sentences", (text, length) => {
  expect(finishedLength(text)).toBe(length);
});

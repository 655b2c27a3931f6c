/** Where the characters of a reply's Markdown ended up in the text that is shown. */

/** How far a shown character is looked for; markup between two of them is shorter. */
const FURTHEST = 400;

/**
 * For each UTF-16 unit of `shown`, the Unicode code point of `source` that it comes from.
 *
 * What is shown is the source with its markup left out, so each character is taken to be the next equal
 * one; a line break may stand for any blank. A character that the source doesn't have (an entity, say)
 * gets the place reached so far.
 */
export function alignment(source: string, shown: string): Int32Array {
  const points = Array.from(source);
  const places = new Int32Array(shown.length);
  let at = 0;
  let unit = 0;
  for (const character of shown) {
    const found = find(points, character, at);
    const place = found ?? Math.min(at, points.length);
    for (let index = 0; index < character.length; index++) places[unit++] = place;
    if (found !== null) at = found + 1;
  }
  return places;
}

function find(points: readonly string[], character: string, from: number): number | null {
  const blank = /\s/.test(character);
  const until = Math.min(points.length, from + FURTHEST);
  for (let index = from; index < until; index++) {
    const point = points[index] as string;
    if (point === character || (blank && /\s/.test(point))) return index;
    if (blank && index - from > 8) return null;
  }
  return null;
}

/** The part of the shown text that `start` to `end` of the source became, or null for none of it. */
export function shownRange(places: Int32Array, start: number, end: number): [number, number] | null {
  const first = lowerBound(places, start);
  const last = lowerBound(places, end);
  return last > first ? [first, last] : null;
}

function lowerBound(places: Int32Array, wanted: number): number {
  let low = 0;
  let high = places.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((places[middle] as number) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Code points in `text`. */
export function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

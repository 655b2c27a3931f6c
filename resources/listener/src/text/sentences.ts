/** Sentences as they are finished, for screen readers: a half one is never read out. */

const END = /[.!?…]["'”’)\]]*(?=\s)|\n+/g;

/** How much of `text` consists of whole sentences, if more may follow. */
export function finishedLength(text: string): number {
  let length = 0;
  for (const match of text.matchAll(END)) length = match.index + match[0].length;
  return length;
}

import { useLayoutEffect, useRef } from "preact/hooks";
import type { Turn } from "../room/conversation";
import { alignment, codePoints, shownRange } from "../text/align";
import { rendered } from "../text/markdown";
import { say } from "../text/words";
import { Icon } from "./icon";
import { spoken } from "./spoken";

/** An answer: its text, the word that is heard now, and where it was cut off. */
export function Reply({ turn }: { turn: Turn }) {
  const text = useRef<HTMLDivElement>(null);
  const marks = useRef<HTMLDivElement>(null);
  const places = useRef<Int32Array>(new Int32Array());
  const cut = cutOf(turn);

  useLayoutEffect(() => {
    const place = text.current;
    if (!place) return;
    place.replaceChildren(rendered(turn.reply));
    for (const table of place.querySelectorAll("table")) {
      const frame = document.createElement("div");
      frame.className = "table";
      table.replaceWith(frame);
      frame.append(table);
    }
    places.current = alignment(turn.reply, place.textContent ?? "");
    if (cut !== null) fade(place, shownRange(places.current, 0, cut)?.[1] ?? 0);
  }, [turn.reply, cut]);

  const word = spoken.value?.turn === turn.turn ? spoken.value : null;
  useLayoutEffect(() => {
    const place = text.current;
    if (!place || !marks.current) return;
    const range = word && shownRange(places.current, word.start, word.end);
    marks.current.replaceChildren(...(range ? boxes(place, range) : []));
  }, [word, turn.reply]);

  return (
    <div class="reply">
      <div class="marks" ref={marks} aria-hidden="true" />
      <div class="text" ref={text} />
      {turn.outcome === "interrupted" && turn.reply && (
        <p class="note cut">
          <Icon name="cut" size={16} />
          {say(turn.heard ? "cutHere" : "cutBefore")}
        </p>
      )}
      {(turn.failure || turn.outcome === "failed") && (
        <p class="note failed" role="alert">
          <Icon name="alert" size={16} />
          {turn.failure ? `${turn.failure.message} ${turn.failure.remedy}` : say("failed")}
        </p>
      )}
    </div>
  );
}

/** Where an interrupted reply ended for the ear, in code points; null for one that was not. */
function cutOf(turn: Turn): number | null {
  if (turn.outcome !== "interrupted" || !turn.reply.startsWith(turn.heard)) return null;
  return codePoints(turn.heard);
}

/** Greys the text from its UTF-16 unit `from` on, with a line where it was cut. */
function fade(place: HTMLElement, from: number): void {
  let at = 0;
  let marked = false;
  for (const node of textNodes(place)) {
    const end = at + node.data.length;
    if (end > from && (node.data.trim() !== "" || at < from)) {
      const rest = from > at ? node.splitText(from - at) : node;
      const unheard = document.createElement("span");
      unheard.className = marked ? "unheard" : "unheard first";
      rest.replaceWith(unheard);
      unheard.append(rest);
      marked = true;
    }
    at = end;
  }
}

function textNodes(place: HTMLElement): Text[] {
  const walker = document.createTreeWalker(place, NodeFilter.SHOW_TEXT);
  const found: Text[] = [];
  while (walker.nextNode()) found.push(walker.currentNode as Text);
  return found;
}

/** One box for each line that the text from `start` to `end` is on. */
function boxes(place: HTMLElement, [start, end]: [number, number]): HTMLElement[] {
  const range = rangeOf(place, start, end);
  if (!range) return [];
  const origin = place.getBoundingClientRect();
  return [...range.getClientRects()].map((line) => {
    const box = document.createElement("div");
    box.style.left = `${line.left - origin.left}px`;
    box.style.top = `${line.top - origin.top}px`;
    box.style.width = `${line.width}px`;
    box.style.height = `${line.height}px`;
    return box;
  });
}

function rangeOf(place: HTMLElement, start: number, end: number): Range | null {
  const range = document.createRange();
  let at = 0;
  let begun = false;
  for (const node of textNodes(place)) {
    const next = at + node.data.length;
    if (!begun && start < next) {
      range.setStart(node, start - at);
      begun = true;
    }
    if (begun && end <= next) {
      range.setEnd(node, end - at);
      return range;
    }
    at = next;
  }
  return null;
}

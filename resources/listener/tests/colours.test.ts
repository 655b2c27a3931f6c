/// <reference types="vite/client" />
import { expect, test } from "vitest";
import style from "../src/style/colours.css?raw";

/** What text needs to be read by nearly everybody, and what the edge of a field needs to be made out (WCAG 2.2). */
const TEXT = 4.5;
const GRAPHIC = 3;

const [light, dark] = style.split("@media (prefers-color-scheme: dark)", 2) as [string, string];

function colours(part: string): Map<string, string> {
  const found = part.matchAll(/--([a-z-]+): (#[0-9a-f]{6});/g);
  return new Map([...found].map(([, name, colour]) => [name!, colour!]));
}

function luminance(colour: string): number {
  const [red, green, blue] = [1, 3, 5]
    .map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
}

function contrast(one: string, other: string): number {
  const [darker, lighter] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (lighter! + 0.05) / (darker! + 0.05);
}

const PAIRS: [string, string[], number][] = [
  ["text", ["surface", "raised", "bubble", "field", "code", "spoken", "accent-wash"], TEXT],
  ["quiet", ["surface", "raised", "bubble", "field", "code"], TEXT],
  ["unheard", ["surface"], TEXT],
  ["accent", ["surface", "raised"], TEXT],
  ["warn", ["surface", "raised"], TEXT],
  ["bad", ["surface", "raised"], TEXT],
  ["on-accent", ["accent"], TEXT],
  ["rim", ["surface", "raised", "field"], GRAPHIC],
  ["faint", ["surface"], GRAPHIC],
  ["good", ["surface"], GRAPHIC],
];

test.each([
  ["light", colours(light)],
  ["dark", new Map([...colours(light), ...colours(dark)])],
])("everything can be read and made out in %s", (_, palette) => {
  const faint = PAIRS.flatMap(([colour, grounds, least]) =>
    grounds
      .map((ground) => ({ colour, ground, least, has: contrast(palette.get(colour)!, palette.get(ground)!) }))
      .filter(({ has }) => !(has >= least)),
  );
  expect(faint).toEqual([]);
});

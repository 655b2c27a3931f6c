import { beforeEach, expect, test } from "vitest";
import { waitMs } from "../src/room/backoff";
import { Talk } from "../src/room/talk";
import { Resampler } from "../src/sound/resampler";

let sent: string[];
let talk: Talk;

beforeEach(() => {
  sent = [];
  talk = new Talk(
    (message) => sent.push(message.type),
    (packet) => sent.push(`${new DataView(packet).getUint32(4, true)}:${(packet.byteLength - 8) / 2}`),
    () => undefined,
  );
});

const sound = (length: number) => new Float32Array(length);

test("what is said before the floor is given is not lost", () => {
  talk.press();
  talk.hear(sound(1_000));
  expect(sent).toEqual(["press"]);
  talk.floor(true);
  talk.hear(sound(900));
  talk.release();
  expect(sent).toEqual(["press", "0:800", "1:800", "2:300", "release"]);
});

test("letting go before the floor is given still asks", () => {
  talk.press();
  talk.hear(sound(800));
  talk.release();
  talk.hear(sound(800));
  talk.floor(true);
  expect(sent).toEqual(["press", "0:800", "release"]);
  expect(talk.state).toBe("silent");
});

test("who is refused says nothing", () => {
  talk.press();
  talk.hear(sound(800));
  talk.refused();
  talk.release();
  talk.hear(sound(800));
  expect(sent).toEqual(["press"]);
});

test("sequence numbers begin anew with each press", () => {
  for (let round = 0; round < 2; round++) {
    talk.press();
    talk.floor(true);
    talk.hear(sound(800));
    talk.release();
  }
  expect(sent).toEqual(["press", "0:800", "release", "press", "0:800", "release"]);
});

test("a floor that is taken away ends the talk", () => {
  talk.press();
  talk.floor(true);
  talk.floor(false);
  expect(talk.state).toBe("silent");
  talk.release();
  expect(sent).toEqual(["press"]);
});

test.each([44_100, 48_000, 16_000])("sound at %i Hz arrives at 16 kHz as it was", (rate) => {
  const resampler = new Resampler(rate, 16_000);
  const tone = Float32Array.from({ length: rate }, (_, index) => Math.sin((2 * Math.PI * 1_000 * index) / rate));
  const blocks = [];
  for (let at = 0; at < tone.length; at += 1_024) blocks.push(resampler.push(tone.subarray(at, at + 1_024)));
  const all = blocks.flatMap((block) => [...block]);
  expect(Math.abs(all.length - 16_000)).toBeLessThan(60);
  const middle = all.slice(1_000, 15_000);
  const crossings = middle.filter((sample, index) => index > 0 && sample >= 0 && (middle[index - 1] ?? 0) < 0);
  expect(Math.abs(crossings.length - 875)).toBeLessThanOrEqual(1);
  expect(Math.max(...middle)).toBeCloseTo(1, 1);
});

test("what 16 kHz can't hold is taken out", () => {
  const resampler = new Resampler(48_000, 16_000);
  const tone = Float32Array.from({ length: 48_000 }, (_, index) => Math.sin((2 * Math.PI * 11_000 * index) / 48_000));
  expect(Math.max(...resampler.push(tone).slice(100))).toBeLessThan(0.02);
});

test("waiting grows to 15 s and begins at once, at random", () => {
  expect([0, 0.5, 1].map((random) => waitMs(0, random))).toEqual([0, 500, 1_000]);
  expect([1, 2, 3, 4, 5, 6, 50].map((attempt) => waitMs(attempt, 1))).toEqual([
    1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000,
  ]);
  expect(waitMs(50, 0)).toBe(7_500);
});

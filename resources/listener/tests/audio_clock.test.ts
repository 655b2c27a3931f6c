import { expect, test } from "vitest";
import { AudioClock, type AudioReading } from "../src/time/audio_clock";

/** A reading of a device that is heard 60 ms after `currentTime`. */
function reading(nowMs: number, change: Partial<AudioReading> = {}): AudioReading {
  const currentS = nowMs / 1_000 - 2;
  return {
    nowMs,
    currentS,
    stamp: { contextS: currentS - 0.06 - 0.004, performanceMs: nowMs - 4 },
    latencyS: 0.03,
    ...change,
  };
}

test("it says when the device plays a moment", () => {
  const clock = new AudioClock();
  for (let at = 3_000; at < 4_000; at += 50) clock.read(reading(at));
  expect(clock.trusted).toBe(true);
  expect(clock.toContextS(5_000)).toBeCloseTo(5 - 2 - 0.06, 6);
  expect(clock.toLocalMs(clock.toContextS(5_000))).toBeCloseTo(5_000, 6);
});

test("without time stamps the reported latency has to do", () => {
  const clock = new AudioClock();
  for (let at = 3_000; at < 3_300; at += 50) clock.read(reading(at, { stamp: null }));
  expect(clock.trusted).toBe(false);
  expect(clock.toContextS(5_000)).toBeCloseTo(5 - 2 - 0.03, 6);
});

test.each([
  ["zero", { contextS: 0, performanceMs: 0 }],
  ["old", { contextS: 0.5, performanceMs: 2_000 }],
  ["from the future", { contextS: 0.99, performanceMs: 3_100 }],
  ["ahead of what was computed", { contextS: 1.4, performanceMs: 2_996 }],
  ["far behind", { contextS: 0.1, performanceMs: 2_996 }],
])("a stamp that is %s does not count", (_, stamp) => {
  const clock = new AudioClock();
  clock.read(reading(3_000, { stamp }));
  expect(clock.trusted).toBe(false);
});

test("the device's stamps replace the estimate as soon as they come", () => {
  const clock = new AudioClock();
  for (let at = 3_000; at < 3_200; at += 50) clock.read(reading(at, { stamp: null }));
  for (let at = 3_200; at < 3_400; at += 50) clock.read(reading(at));
  expect(clock.toContextS(5_000)).toBeCloseTo(5 - 2 - 0.06, 6);
});

/** A reading whose stamp is `byMs` later than the device (a negative one earlier). */
function shifted(atMs: number, byMs: number): AudioReading {
  const whole = reading(atMs);
  return { ...whole, stamp: whole.stamp && { ...whole.stamp, contextS: whole.stamp.contextS - byMs / 1_000 } };
}

/** Reads 20 times a second from `fromMs` on; returns how much later than `reading` the clock then is, in ms. */
function read(clock: AudioClock, fromMs: number, untilMs: number, laterMs: (atMs: number) => number): number[] {
  const found: number[] = [];
  for (let at = fromMs; at < untilMs; at += 50) {
    clock.read(shifted(at, laterMs(at)));
    found.push((2.94 - clock.toContextS(5_000)) * 1_000);
  }
  return found;
}

test("one wild reading changes nothing, a device that stopped is followed within three", () => {
  const clock = new AudioClock();
  expect(read(clock, 3_000, 4_000, () => 0).at(-1)).toBeCloseTo(0, 6);
  expect(read(clock, 4_000, 4_100, (at) => (at === 4_000 ? 20 : 0)).map(Math.round)).toEqual([0, 0]);
  expect(read(clock, 4_100, 4_250, () => 20).at(-1)).toBeCloseTo(20, 6);
});

test("a device with less delay is followed after a second", () => {
  const clock = new AudioClock();
  read(clock, 3_000, 6_000, () => 0);
  const found = read(clock, 6_000, 7_500, () => -40);
  expect(found[0]).toBeCloseTo(0, 6);
  expect(found.at(-1)).toBeCloseTo(-40, 6);
});

test("stamps that swing while the device plays evenly do not move the sound", () => {
  const clock = new AudioClock();
  // What Chromium tells of a PulseAudio card: 1.4 ms earlier a second, and every 8 s back.
  const found = read(clock, 3_000, 60_000, (at) => -((at / 1_000 + 3) % 8) * 1.4);
  const settled = found.slice((8 * 1_000) / 50);
  expect(Math.max(...settled) - Math.min(...settled)).toBeLessThan(0.3);
});

test("stamps that flutter by some milliseconds do not either", () => {
  const clock = new AudioClock();
  const found = read(clock, 3_000, 30_000, (at) => (Math.floor(at / 400) % 2 ? -5 : 0));
  expect(Math.max(...found.slice(5).map(Math.abs))).toBeLessThan(0.01);
});

test("a device whose clock is off is followed", () => {
  const clock = new AudioClock();
  const slow = read(clock, 3_000, 60_000, (at) => at * 1e-4).at(-1) as number;
  expect(Math.abs(slow - 6)).toBeLessThan(0.1);
  const other = new AudioClock();
  const quick = read(other, 3_000, 60_000, (at) => -at * 1e-4).at(-1) as number;
  expect(Math.abs(quick + 6)).toBeLessThan(1.1);
});

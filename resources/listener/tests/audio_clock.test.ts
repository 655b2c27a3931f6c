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

/** A reading of which the stamp and the context's own count are so many milliseconds later. */
function shifted(atMs: number, stampMs: number, countMs = 0): AudioReading {
  const whole = reading(atMs);
  const stamp = whole.stamp && { ...whole.stamp, contextS: whole.stamp.contextS - stampMs / 1_000 };
  return { ...whole, stamp, currentS: whole.currentS - countMs / 1_000 };
}

type Milliseconds = (atMs: number) => number;

/** Reads 20 times a second from `fromMs` on; returns how much later than `reading` the clock then is, in ms. */
function read(
  clock: AudioClock,
  fromMs: number,
  untilMs: number,
  stampMs: Milliseconds,
  countMs: Milliseconds = () => 0,
): number[] {
  const found: number[] = [];
  for (let at = fromMs; at < untilMs; at += 50) {
    clock.read(shifted(at, stampMs(at), countMs(at)));
    found.push((2.94 - clock.toContextS(5_000)) * 1_000);
  }
  return found;
}

test("it is settled once readings agree, or after a while", () => {
  const opening = new AudioClock();
  for (const [at, laterMs] of [[3_000, -400], [3_010, -80], [3_020, 0], [3_030, 0]] as const) {
    opening.read(shifted(at, laterMs, laterMs));
    expect(opening.settled).toBe(false);
  }
  opening.read(shifted(3_040, 0));
  expect(opening.settled).toBe(true);
  const restless = new AudioClock();
  for (let at = 3_000; at <= 3_300; at += 50) restless.read(shifted(at, (at / 50) % 2 ? 0 : 5));
  expect(restless.settled).toBe(false);
  restless.read(shifted(3_350, 0));
  expect(restless.settled).toBe(true);
});

test("one wild reading changes nothing, a device that stopped is followed", () => {
  const clock = new AudioClock();
  const stopped = () => 20;
  expect(read(clock, 3_000, 6_000, () => 0).at(-1)).toBeCloseTo(0, 6);
  expect(read(clock, 6_000, 6_100, (at) => (at === 6_000 ? 20 : 0)).map(Math.round)).toEqual([0, 0]);
  const found = read(clock, 6_100, 7_500, stopped, stopped);
  expect(found[2]).toBeCloseTo(10, 6); // as far as the stamps are believed without the count
  expect(found.at(-1)).toBeCloseTo(20, 6);
});

test("another device with more or less delay is followed within seconds", () => {
  const clock = new AudioClock();
  read(clock, 3_000, 10_000, () => 0);
  expect(read(clock, 10_000, 14_000, () => 150).at(-1)).toBeCloseTo(150, 6);
  expect(read(clock, 14_000, 21_000, () => 0).at(-1)).toBeCloseTo(0, 6);
});

test("a delay that changes a little and stays is believed in the end", () => {
  const clock = new AudioClock();
  read(clock, 3_000, 10_000, () => 0);
  expect(read(clock, 10_000, 50_000, () => 30).at(-1)).toBeCloseTo(30, 6);
});

test("stamps that wander off are not followed", () => {
  // What Chromium told of a PulseAudio card after a busy start: 45 ms off and back, in ten seconds.
  const wandering = (at: number) => (at < 4_000 ? 0 : 45 * Math.sin(((at - 4_000) / 10_000) * Math.PI));
  const strides = (at: number) => ((at / 50) * 7) % 10;
  const found = read(new AudioClock(), 3_000, 14_000, wandering, strides);
  expect(Math.max(...found.map(Math.abs))).toBeLessThan(16);
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

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

test("one wild reading changes nothing, a lasting change is followed within three", () => {
  const clock = new AudioClock();
  for (let at = 3_000; at < 4_000; at += 50) clock.read(reading(at));
  const later = (at: number) => {
    const { stamp, ...rest } = reading(at);
    clock.read({ ...rest, stamp: stamp && { ...stamp, contextS: stamp.contextS - 0.02 } });
  };
  later(4_000);
  expect(clock.toContextS(5_000)).toBeCloseTo(2.94, 6);
  clock.read(reading(4_050));
  for (const at of [4_100, 4_150, 4_200]) later(at);
  expect(clock.toContextS(5_000)).toBeCloseTo(2.92, 6);
});

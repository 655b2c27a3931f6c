import { expect, test } from "vitest";
import { BURST, ServerClock } from "../src/time/server_clock";
import { dice } from "./random";

const OFFSET_US = 9_876_543_210;

/** A server whose clock runs `ppm` faster, behind a network with `jitterMs` each way at most. */
function world(clock: ServerClock, ppm: number, jitterMs: number, seed: number) {
  const random = dice(seed);
  const serverUs = (localMs: number) => localMs * 1_000 * (1 + ppm / 1e6) + OFFSET_US;
  let nowMs = 1_000;
  return {
    serverUs,
    now: () => nowMs,
    burst() {
      clock.beginBurst();
      let id = 0;
      for (; id < BURST && !clock.satisfied; id++) {
        const thereMs = 0.3 + random() ** 3 * jitterMs;
        const backMs = 0.3 + random() ** 3 * jitterMs;
        const at = Math.round(serverUs(nowMs + thereMs));
        const reply = { type: "probe" as const, id, client_us: nowMs * 1_000, received_us: at, sent_us: at + 20 };
        clock.receive(reply, (nowMs + thereMs + backMs + 0.02) * 1_000);
      }
      nowMs += clock.intervalMs;
      return id;
    },
  };
}

test("the first reply is enough to begin with", () => {
  const clock = new ServerClock();
  expect(clock.ready).toBe(false);
  clock.receive({ type: "probe", id: 1, client_us: 1_000_000, received_us: 5_000_000, sent_us: 5_000_000 }, 1_002_000);
  expect(clock.ready).toBe(true);
  expect(clock.toLocalMs(5_000_000)).toBeCloseTo(1_001, 3);
  expect(clock.toServerUs(1_001)).toBeCloseTo(5_000_000, 0);
});

test.each([-50, 0, 50])("it follows a clock that runs %i ppm faster, on a bad network", (ppm) => {
  const clock = new ServerClock();
  const there = world(clock, ppm, 40, 7 + ppm);
  for (let round = 0; round < 18; round++) there.burst();
  let worstMs = 0;
  for (let round = 0; round < 30; round++) {
    there.burst();
    const errorMs = clock.toLocalMs(there.serverUs(there.now())) - there.now();
    worstMs = Math.max(worstMs, Math.abs(errorMs));
  }
  expect(worstMs).toBeLessThan(2);
});

test("the jitter of the first replies is not taken for a drift", () => {
  let worstMs = 0;
  for (let seed = 1; seed <= 50; seed++) {
    const clock = new ServerClock();
    const there = world(clock, 30, 40, seed);
    for (let round = 0; round < 4; round++) there.burst();
    for (let round = 0; round < 6; round++) {
      worstMs = Math.max(worstMs, Math.abs(clock.toLocalMs(there.serverUs(there.now())) - there.now()));
      there.burst();
    }
  }
  expect(worstMs).toBeLessThan(2);
});

test.each([
  ["quiet", 0.2, 1.6],
  ["bad", 40, 8],
])("in the long run a burst on a %s network has no more probes than it needs", (_, jitterMs, most) => {
  const clock = new ServerClock();
  const there = world(clock, 30, jitterMs, 3);
  for (let round = 0; round < 20; round++) there.burst();
  let probes = 0;
  for (let round = 0; round < 100; round++) probes += there.burst();
  expect(probes / 100).toBeLessThanOrEqual(most);
});

test("bursts come soon after joining, then rarely", () => {
  const clock = new ServerClock();
  const there = world(clock, 0, 1, 1);
  expect(clock.intervalMs).toBeLessThan(200);
  for (let round = 0; round < 8; round++) there.burst();
  expect(clock.intervalMs).toBe(2_000);
  for (let round = 0; round < 12; round++) there.burst();
  expect(clock.intervalMs).toBe(10_000);
});

test("another server's clock replaces the one before at once", () => {
  const clock = new ServerClock();
  const there = world(clock, 0, 1, 1);
  for (let round = 0; round < 5; round++) there.burst();
  const reply = { type: "probe" as const, client_us: there.now() * 1_000, received_us: 70_000_000, sent_us: 70_000_000 };
  clock.beginBurst();
  for (let id = 0; id < BURST; id++) clock.receive({ ...reply, id }, there.now() * 1_000 + 600);
  expect(clock.toLocalMs(70_000_000)).toBeCloseTo(there.now() + 0.3, 1);
});

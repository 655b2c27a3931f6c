import { expect, test } from "vitest";
import { Plan, RATE_HZ, stretched } from "../src/sound/plan";
import type { SoundPacket } from "../src/wire/packets";
import { dice } from "./random";

const LENGTH = 1_920;
const FRAME_US = 80_000;

function packet(sequence: number, change: Partial<SoundPacket> = {}): SoundPacket {
  const samples = new Float32Array(LENGTH);
  const playAtUs = 1_000_000 + sequence * FRAME_US;
  return { epoch: 1, sequence, offsetSamples: sequence * LENGTH, playAtUs, samples, ...change };
}

/** Where a packet belongs on an audio clock that is ahead of the server's by `error` samples. */
const target = (one: SoundPacket, error = 0) => (one.playAtUs * RATE_HZ) / 1e6 + error;

test("packets that follow each other are joined to the sample", () => {
  const plan = new Plan();
  const first = plan.place(packet(0), target(packet(0)), 0);
  const second = plan.place(packet(1), target(packet(1), 3), 0);
  expect(first).toEqual({ epoch: 1, startSample: 24_000, skip: 0, length: LENGTH, joined: false });
  expect(second).toEqual({ epoch: 1, startSample: 24_000 + LENGTH, skip: 0, length: LENGTH, joined: true });
});

test.each([150, -150])("an error of %i samples is taken out little by little", (error) => {
  const plan = new Plan();
  plan.place(packet(0), target(packet(0)), 0);
  const errors = [];
  for (let sequence = 1; sequence < 12; sequence++) {
    const piece = plan.place(packet(sequence), target(packet(sequence), error), 0);
    expect(piece?.joined).toBe(true);
    expect(Math.abs((piece?.length ?? 0) - LENGTH)).toBeLessThanOrEqual(LENGTH * 0.015);
    errors.push(Math.abs(plan.errorSamples));
  }
  expect(errors[0]).toBe(150);
  expect(errors.at(-1)).toBeLessThanOrEqual(5);
});

test.each([2_000, -1_500])("for an error of %i samples it jumps", (error) => {
  const plan = new Plan();
  const first = plan.place(packet(0), target(packet(0)), 0);
  const second = plan.place(packet(1), target(packet(1), error), 0);
  expect(second?.joined).toBe(false);
  expect((second?.startSample ?? 0) - (second?.skip ?? 0)).toBe(target(packet(1), error));
  expect(second?.startSample).toBeGreaterThanOrEqual((first?.startSample ?? 0) + LENGTH);
});

test("a pause in the voice stays a pause", () => {
  const plan = new Plan();
  plan.place(packet(0), target(packet(0)), 0);
  const after = packet(1, { playAtUs: 1_000_000 + FRAME_US + 50_000 });
  expect(plan.place(after, target(after), 0)).toMatchObject({ joined: false, skip: 0, startSample: target(after) });
});

test("a lost packet leaves a hole of its own length", () => {
  const plan = new Plan();
  plan.place(packet(0), target(packet(0)), 0);
  expect(plan.place(packet(2), target(packet(2)), 0)).toMatchObject({ joined: false, startSample: target(packet(2)) });
});

test("of a packet that is a little late the rest is played, one that is too late is counted", () => {
  const plan = new Plan();
  const late = plan.place(packet(0), target(packet(0)), target(packet(0)) + 500);
  expect(late).toMatchObject({ skip: 500, length: LENGTH - 500, startSample: target(packet(0)) + 500 });
  expect(plan.place(packet(1), target(packet(1)), target(packet(1)) + 5_000)).toBeNull();
  expect(plan.latePackets).toBe(1);
});

test("whatever comes, no two pieces of a turn ever sound at once", () => {
  for (let seed = 1; seed <= 200; seed++) {
    const random = dice(seed);
    const plan = new Plan();
    let end = 0;
    let earliest = 0;
    for (let sequence = 0; sequence < 30; sequence++) {
      const one = packet(sequence, { playAtUs: 1_000_000 + sequence * FRAME_US + Math.round(random() ** 8 * 1e5) });
      earliest += random() * 2_500;
      const piece = plan.place(one, target(one, (random() - 0.5) * 4_000), Math.ceil(earliest));
      if (!piece) continue;
      expect(piece.startSample).toBeGreaterThanOrEqual(end);
      expect(piece.startSample).toBeGreaterThanOrEqual(piece.joined ? end : Math.ceil(earliest));
      expect(piece.length).toBeGreaterThan(0);
      end = piece.startSample + piece.length;
    }
  }
});

test("stretching keeps the shape", () => {
  const wave = Float32Array.from({ length: LENGTH }, (_, index) => Math.sin(index / 30));
  expect(stretched(wave, LENGTH)).toBe(wave);
  const longer = stretched(wave, LENGTH + 19);
  expect(longer.length).toBe(LENGTH + 19);
  longer.forEach((sample, index) => {
    expect(sample).toBeCloseTo(Math.sin((index * LENGTH) / (LENGTH + 19) / 30), 2);
  });
});

// The same files that the server's codec is checked with.
import serverMessages from "../../../tests/golden/server_messages.json";
import soundPackets from "../../../tests/golden/sound_packets.json";
import talkPackets from "../../../tests/golden/talk_packets.json";
import { expect, test } from "vitest";
import { parseServerMessage } from "../src/wire/messages";
import { decodeSound, encodeTalk } from "../src/wire/packets";

function bytesOf(hex: string): ArrayBuffer {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)).buffer;
}

function hexOf(data: ArrayBuffer): string {
  return Array.from(new Uint8Array(data), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

test.each(soundPackets)("reads the sound packet $name", (entry) => {
  const packet = decodeSound(bytesOf(entry.hex));
  expect(packet).toMatchObject({
    epoch: entry.epoch,
    sequence: entry.sequence,
    offsetSamples: entry.offset_samples,
    playAtUs: entry.play_at_us,
  });
  expect(packet?.samples.length).toBe(entry.samples.length);
  entry.samples.forEach((sample, index) => expect(packet?.samples[index]).toBeCloseTo(sample, 4));
});

test.each(talkPackets)(
  "writes the talk packet $name",
  (entry) => {
    const data = encodeTalk(entry.sequence, Float32Array.from(entry.samples));
    expect(hexOf(data)).toBe(entry.hex);
  },
);

test.each(serverMessages)("reads the message $name", ({ text }) => {
  expect(parseServerMessage(text)).toEqual(JSON.parse(text));
});

test.each(["", "null", "7", "[]", '{"type":3}', "{"])("takes %j for no message", (text) => {
  expect(parseServerMessage(text)).toBeNull();
});

test.each(["", "01", "02010000".padEnd(48, "0"), "01030000".padEnd(50, "0"), "01010000".padEnd(50, "0")])(
  "takes %j for no packet",
  (hex) => {
    expect(decodeSound(bytesOf(hex))).toBeNull();
  },
);

test("samples beyond full scale are cut off", () => {
  const view = new DataView(encodeTalk(0, Float32Array.of(2, -2)));
  expect([view.getInt16(8, true), view.getInt16(10, true)]).toEqual([32_767, -32_767]);
});

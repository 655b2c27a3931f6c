/**
 * Decides where on the audio clock each packet is played: pure, in whole samples of the voice.
 *
 * Packets that follow each other are joined without a seam. A small error between where a packet should
 * be and where its predecessor ends is taken out by stretching or shrinking it a little; a large one, or
 * a gap that is meant, by a jump.
 */

import type { SoundPacket } from "../wire/packets";

export const RATE_HZ = 24_000;

/** Below this an error is left alone: 0.2 ms. */
const TOLERANCE_SAMPLES = 5;

/** A packet is stretched or shrunk by at most 1.5 %, a quarter of a semitone: not heard in speech. */
const STRETCH = 0.015;

/** Stretching would take half a second and more for an error beyond 8 ms: playback jumps. */
export const JUMP_SAMPLES = 192;

/** Play-out times that differ from the packet before by more than 1 ms mean a pause or a lost packet. */
const PAUSE_US = 1_000;

/** One packet in its place. */
export interface Piece {
  epoch: number;
  /** The context sample of its first sample. */
  startSample: number;
  /** How many samples of the packet are left out because it is too late for them. */
  skip: number;
  /** How many samples it lasts, which may differ a little from what it holds. */
  length: number;
  /** Whether it continues the piece before without a seam. */
  joined: boolean;
}

interface Tail {
  epoch: number;
  endSample: number;
  endUs: number;
}

export class Plan {
  /** Packets that came after all of their sound should have been heard. */
  latePackets = 0;
  /** The last packet's distance from where it should be, in samples, before correction. */
  errorSamples = 0;
  private tail: Tail | null = null;

  /**
   * The place of the next packet, or null if it is too late for all of it.
   *
   * `targetSample` is the context sample at which its first sample should be played, `earliestSample`
   * the first that can still be scheduled.
   */
  place(packet: SoundPacket, targetSample: number, earliestSample: number): Piece | null {
    const tail = this.tail;
    const follows =
      tail !== null &&
      tail.epoch === packet.epoch &&
      tail.endSample >= earliestSample &&
      Math.abs(packet.playAtUs - tail.endUs) <= PAUSE_US;
    const error = follows ? Math.round(targetSample) - tail.endSample : 0;
    this.errorSamples = follows ? error : 0;
    if (follows && Math.abs(error) <= JUMP_SAMPLES) {
      return this.put(packet, tail.endSample, 0, packet.samples.length + stretchOf(error, packet), true);
    }
    let start = Math.round(targetSample);
    // Never over the end of what is already planned, so that two pieces do not sound at once.
    const earliest =
      tail !== null && tail.epoch === packet.epoch ? Math.max(earliestSample, tail.endSample) : earliestSample;
    const skip = Math.max(0, Math.ceil(earliest - start));
    if (skip >= packet.samples.length) {
      if (packet.samples.length > 0) this.latePackets += 1;
      return null;
    }
    start += skip;
    return this.put(packet, start, skip, packet.samples.length - skip, false);
  }

  /** The context sample at which what is planned ends, or null while nothing is. */
  get endSample(): number | null {
    return this.tail?.endSample ?? null;
  }

  /** Forgets what is planned; the next packet is placed anew, but not over what still plays. */
  forget(stillPlaying: { packet: SoundPacket; piece: Piece } | null = null): void {
    this.tail = null;
    if (stillPlaying) this.follow(stillPlaying.packet, stillPlaying.piece);
  }

  private follow(packet: SoundPacket, piece: Piece): void {
    this.tail = {
      epoch: packet.epoch,
      endSample: piece.startSample + piece.length,
      endUs: endUsOf(packet),
    };
  }

  private put(packet: SoundPacket, startSample: number, skip: number, length: number, joined: boolean): Piece {
    const piece = { epoch: packet.epoch, startSample, skip, length, joined };
    this.follow(packet, piece);
    return piece;
  }
}

function endUsOf(packet: SoundPacket): number {
  return packet.playAtUs + (packet.samples.length * 1_000_000) / RATE_HZ;
}

function stretchOf(error: number, packet: SoundPacket): number {
  if (Math.abs(error) <= TOLERANCE_SAMPLES) return 0;
  const most = Math.floor(packet.samples.length * STRETCH);
  return Math.max(-most, Math.min(most, error));
}

/** `samples` drawn out or pressed together to `length`; the same samples where that is their number. */
export function stretched(samples: Float32Array, length: number): Float32Array {
  if (length === samples.length || samples.length < 2) return samples;
  const result = new Float32Array(length);
  const step = samples.length / length;
  for (let index = 0; index < length; index++) {
    const at = index * step;
    const left = Math.floor(at);
    const before = samples[left] ?? 0;
    const after = samples[Math.min(left + 1, samples.length - 1)] ?? 0;
    result[index] = before + (after - before) * (at - left);
  }
  return result;
}

/** Plays sound packets in step: puts each on the audio clock where its play-out time says. */

import type { ServerClock } from "../time/server_clock";
import type { SoundPacket } from "../wire/packets";
import { Output } from "./output";
import { JUMP_SAMPLES, type Piece, Plan, RATE_HZ, stretched } from "./plan";

/** Sound is handed to the browser so long before it is heard; later corrections reach what comes after. */
const HORIZON_S = 0.35;

/** Timers of hidden pages run once a second at best, so everything that is known is handed over. */
const HIDDEN_HORIZON_S = 2;

/** What is closer than this can't be scheduled any more. */
const EARLIEST_S = 0.005;

const FADE_S = 0.003;
const CUT_FADE_S = 0.01;
const TICK_MS = 50;
const FIRST_TICK_MS = 10;

interface Waiting {
  packet: SoundPacket;
  piece: Piece | null;
  node: AudioBufferSourceNode | null;
}

/** What is reported about the playing. */
export interface Playing {
  bufferMs: number;
  syncErrorMs: number;
  latePackets: number;
}

export class Player {
  /** Added to the device's own delay: sound is played so much earlier. */
  delayMs = 0;
  private readonly plan = new Plan();
  private readonly gains = new Map<number, GainNode>();
  private waiting: Waiting[] = [];
  private cutEpoch = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private syncErrorMs = 0;
  private readonly output: Output;

  /** `changed` is called when sound starts or stops being possible. */
  constructor(
    private readonly server: ServerClock,
    changed: () => void,
  ) {
    this.output = new Output(
      () => {
        this.replace();
        changed();
        this.tick();
      },
      () => this.startOver(),
    );
  }

  /** Whether the browser lets sound out. */
  get running(): boolean {
    return this.output.running !== null;
  }

  /** Starts the sound; has to be called in a tap or key press the first time. */
  unlock(): Promise<void> {
    return this.output.unlock();
  }

  /** Loudness from 0 to 1 as the ear hears it; also while playing. */
  setVolume(volume: number): void {
    this.output.setVolume(volume);
  }

  /** Takes a packet; its turn may have been cut. */
  add(packet: SoundPacket): void {
    if (packet.epoch <= this.cutEpoch) return;
    this.waiting.push({ packet, piece: null, node: null });
    this.tick();
  }

  /** Silences `epoch` and all before it, playing or waiting, and whatever of it still comes. */
  cut(epoch: number): void {
    this.cutEpoch = Math.max(this.cutEpoch, epoch);
    this.silence((other) => other <= epoch);
  }

  /** Drops the sound of every turn but `epoch`. */
  keepOnly(epoch: number): void {
    this.silence((other) => other !== epoch);
  }

  /** The room is another one: turns are numbered anew. */
  forgetRoom(): void {
    this.silence(() => true);
    this.cutEpoch = 0;
  }

  /** The figures of now. */
  playing(): Playing {
    const last = this.waiting[this.waiting.length - 1];
    const ahead = last && this.server.ready ? this.server.toLocalMs(last.packet.playAtUs) - performance.now() : 0;
    return {
      bufferMs: Math.max(0, ahead),
      syncErrorMs: this.syncErrorMs,
      latePackets: this.plan.latePackets,
    };
  }

  private readonly tick = (): void => {
    clearTimeout(this.timer);
    const context = this.output.tick();
    if (context === null) return;
    this.dropPlayed(context);
    if (this.server.ready && this.output.timed) {
      this.resyncIfNeeded();
      this.schedule(context);
    }
    const calm = this.waiting.length === 0 || this.output.clock.settled;
    this.timer = setTimeout(this.tick, calm ? TICK_MS : FIRST_TICK_MS);
  };

  /** The context is a new one: nothing is planned or playing any more. */
  private startOver(): void {
    for (const entry of this.waiting) entry.node = entry.piece = null;
    this.plan.forget();
    this.gains.clear();
  }

  private targetSample(packet: SoundPacket): number {
    return this.output.clock.toContextS(this.server.toLocalMs(packet.playAtUs) - this.delayMs) * RATE_HZ;
  }

  private schedule(context: AudioContext): void {
    const horizonS = document.hidden ? HIDDEN_HORIZON_S : HORIZON_S;
    const until = (context.currentTime + horizonS) * RATE_HZ;
    const earliest = Math.ceil((context.currentTime + EARLIEST_S) * RATE_HZ);
    for (const entry of this.waiting) {
      if (entry.piece !== null) continue;
      const target = this.targetSample(entry.packet);
      if (target > until) break;
      const before = this.plan.endSample;
      entry.piece = this.plan.place(entry.packet, target, earliest);
      if (entry.piece === null) {
        this.waiting = this.waiting.filter((other) => other !== entry);
        continue;
      }
      if (entry.piece.joined) this.noteError();
      entry.node = this.start(context, entry.packet, entry.piece, before);
    }
  }

  private noteError(): void {
    const errorMs = Math.abs(this.plan.errorSamples) / (RATE_HZ / 1_000);
    this.syncErrorMs += (errorMs - this.syncErrorMs) / 8;
  }

  private start(
    context: AudioContext,
    packet: SoundPacket,
    piece: Piece,
    before: number | null,
  ): AudioBufferSourceNode | null {
    if (piece.length === 0) return null;
    const samples = stretched(piece.skip ? packet.samples.subarray(piece.skip) : packet.samples, piece.length);
    const buffer = context.createBuffer(1, samples.length, RATE_HZ);
    buffer.getChannelData(0).set(samples);
    const gain = this.gainOf(context, packet.epoch);
    if (!piece.joined && packet.sequence > 0) dip(context, gain, before, piece.startSample);
    const node = context.createBufferSource();
    node.buffer = buffer;
    node.connect(gain);
    node.start(piece.startSample / RATE_HZ);
    return node;
  }

  private gainOf(context: AudioContext, epoch: number): GainNode {
    let gain = this.gains.get(epoch);
    if (gain === undefined) {
      gain = this.output.gain(context);
      this.gains.set(epoch, gain);
    }
    return gain;
  }

  /** Places what has not begun anew if it is far from where it should be by now. */
  private resyncIfNeeded(): void {
    const next = this.notBegun()[0];
    if (!next?.piece) return;
    const error = this.targetSample(next.packet) + next.piece.skip - next.piece.startSample;
    if (Math.abs(error) > JUMP_SAMPLES) this.replace();
  }

  private notBegun(): Waiting[] {
    const now = ((this.output.opened?.currentTime ?? 0) + EARLIEST_S) * RATE_HZ;
    return this.waiting.filter((entry) => entry.piece !== null && entry.piece.startSample > now);
  }

  private replace(): void {
    const again = new Set(this.notBegun());
    for (const entry of again) {
      entry.node?.stop();
      entry.node?.disconnect();
      entry.node = entry.piece = null;
    }
    let still: { packet: SoundPacket; piece: Piece } | null = null;
    for (const { packet, piece } of this.waiting) if (piece) still = { packet, piece };
    this.plan.forget(still);
  }

  private dropPlayed(context: AudioContext): void {
    const now = context.currentTime * RATE_HZ;
    this.waiting = this.waiting.filter(
      ({ piece }) => piece === null || piece.startSample + piece.length > now,
    );
    const newest = this.waiting[0]?.packet.epoch;
    for (const [epoch, gain] of this.gains) {
      if (newest !== undefined && epoch < newest) {
        setTimeout(() => gain.disconnect(), 1_000);
        this.gains.delete(epoch);
      }
    }
  }

  private silence(which: (epoch: number) => boolean): void {
    const context = this.output.opened;
    const gone = this.waiting.filter(({ packet }) => which(packet.epoch));
    this.waiting = this.waiting.filter(({ packet }) => !which(packet.epoch));
    if (context === null) return;
    const now = context.currentTime;
    for (const [epoch, gain] of this.gains) {
      if (!which(epoch)) continue;
      const level = gain.gain.value;
      gain.gain.cancelScheduledValues(now);
      gain.gain.setValueAtTime(level, now);
      gain.gain.linearRampToValueAtTime(0, now + CUT_FADE_S);
      this.gains.delete(epoch);
    }
    for (const { node } of gone) node?.stop(now + CUT_FADE_S + 0.005);
    if (gone.length > 0) this.plan.forget();
  }
}

/** Out before a break in the sound and in again after it, so that it does not click. */
function dip(context: AudioContext, gain: GainNode, endSample: number | null, startSample: number): void {
  const startS = startSample / RATE_HZ;
  const endS = endSample === null ? startS : Math.min(endSample / RATE_HZ, startS);
  if (endS - FADE_S > context.currentTime) {
    gain.gain.setValueAtTime(1, endS - FADE_S);
    gain.gain.linearRampToValueAtTime(0, endS);
  }
  gain.gain.setValueAtTime(0, startS);
  gain.gain.linearRampToValueAtTime(1, startS + FADE_S);
}

/** The browser's way to the loudspeaker: one AudioContext, its clock, its loudness, and its illnesses. */

import { AudioClock } from "../time/audio_clock";
import { RATE_HZ } from "./plan";

/** A context that says it runs but stands still for so long has lost its device: another one is made. */
const FROZEN_MS = 2_000;

/** How long to wait for the device's own time stamps before the reported latency has to do. */
const STAMP_WAIT_MS = 200;

export class Output {
  readonly clock = new AudioClock();
  private context: AudioContext | null = null;
  private master: GainNode | null = null;
  private level = 1;
  private runningSinceMs = 0;
  private tickedMs = 0;
  private moved = { atMs: 0, currentS: -1 };

  /** `changed` is called when sound starts or stops being possible, `replaced` when nothing of it is left. */
  constructor(
    private readonly changed: () => void,
    private readonly replaced: () => void,
  ) {}

  /** The context while it lets sound out, else null. */
  get running(): AudioContext | null {
    return this.context?.state === "running" ? this.context : null;
  }

  /** The context in any state, or null before the first tap. */
  get opened(): AudioContext | null {
    return this.context;
  }

  /** Whether it is known well enough when sound will be heard. */
  get timed(): boolean {
    if (!this.clock.settled) return false;
    return this.clock.trusted || performance.now() - this.runningSinceMs > STAMP_WAIT_MS;
  }

  /** Starts the sound; has to be called in a tap or key press the first time. */
  async unlock(): Promise<void> {
    setAudioSession("playback");
    if (this.context === null || this.context.state === "closed") this.open();
    await this.context?.resume().catch(() => undefined);
    this.changed();
  }

  /** Loudness from 0 to 1 as the ear hears it; also while playing. */
  setVolume(volume: number): void {
    this.level = volume * volume;
    if (this.context && this.master) {
      this.master.gain.setTargetAtTime(this.level, this.context.currentTime, 0.015);
    }
  }

  /** A new gain of 1 before the loudness. */
  gain(context: AudioContext): GainNode {
    const gain = context.createGain();
    if (this.master) gain.connect(this.master);
    return gain;
  }

  /** Looks at the clock; call it often. Returns the context if it runs, and opens another for a frozen one. */
  tick(): AudioContext | null {
    const context = this.running;
    if (context === null) return null;
    if (this.frozen(context)) {
      context.onstatechange = null;
      void context.close().catch(() => undefined);
      this.open();
      void this.unlock();
      return null;
    }
    const stamp = typeof context.getOutputTimestamp === "function" ? context.getOutputTimestamp() : null;
    this.clock.read({
      nowMs: performance.now(),
      currentS: context.currentTime,
      stamp:
        stamp?.contextTime !== undefined && stamp.performanceTime !== undefined
          ? { contextS: stamp.contextTime, performanceMs: stamp.performanceTime }
          : null,
      latencyS: context.outputLatency || context.baseLatency || 0,
    });
    return context;
  }

  private open(): void {
    // At the voice's own rate packets join sample by sample; a browser that refuses resamples each.
    try {
      this.context = new AudioContext({ sampleRate: RATE_HZ, latencyHint: "interactive" });
    } catch {
      this.context = new AudioContext({ latencyHint: "interactive" });
    }
    this.master = this.context.createGain();
    this.master.gain.value = this.level;
    this.master.connect(this.context.destination);
    this.context.onstatechange = () => {
      this.runningSinceMs = performance.now();
      this.clock.reset();
      this.changed();
    };
    this.clock.reset();
    this.replaced();
  }

  private frozen(context: AudioContext): boolean {
    const nowMs = performance.now();
    const watched = nowMs - this.tickedMs < FROZEN_MS / 2; // a page that slept was not watching either
    this.tickedMs = nowMs;
    if (context.currentTime !== this.moved.currentS || !watched) {
      this.moved = { atMs: nowMs, currentS: context.currentTime };
    }
    return nowMs - this.moved.atMs > FROZEN_MS;
  }
}

/** Tells iOS what the sound is for: "playback" is heard although the phone is switched to silent. */
export function setAudioSession(type: "playback" | "play-and-record"): void {
  const session = (navigator as { audioSession?: { type: string } }).audioSession;
  if (session) session.type = type;
}

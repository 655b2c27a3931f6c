/** When the loudspeaker plays which moment of an AudioContext. */

import { ContextClock } from "./context_clock";

/** What an AudioContext tells about its time, all read at the same moment. */
export interface AudioReading {
  /** `performance.now()`, milliseconds. */
  nowMs: number;
  /** `currentTime`, seconds. */
  currentS: number;
  /** `getOutputTimestamp()`, or null where there is none. */
  stamp: { contextS: number; performanceMs: number } | null;
  /** `outputLatency` or else `baseLatency`, seconds. */
  latencyS: number;
}

/** Longer than the 8 s in which Chromium's stamps swing (see `AudioClock`); a clock's drift over it is below 1 ms. */
const WINDOW_MS = 10_000;

/** A device that opens tells nonsense for some moments; but nobody waits longer than that for it. */
const LONGEST_SETTLING_MS = 300;

/** Stamps that come no more for so long are not waited for. */
const STAMPS_GONE_MS = 1_500;

/** A stamp that is older, from the future, or this far from `currentTime` is a browser's mistake. */
const STALE_MS = 250;
const FUTURE_MS = 20;
const FURTHEST_S = 0.6;

/** Three readings in a row that agree with each other but are later than all before: the device stopped for a moment. */
const STEP_S = 0.003;
const STEP_READINGS = 3;
const AGREE_S = 0.0015;

/** A leap to earlier that lasts so long is the device's (another one with less delay), not a swing of its stamps. */
const LASTING_MS = 1_000;

/** How far stamps may be from what the context's own count tells: its strides and buffers, but no wandering. */
const LATEST_S = 0.01;
const EARLIEST_S = 0.002;

interface Point {
  atMs: number;
  offsetS: number;
  trusted: boolean;
}

/**
 * The offset between context time and `performance.now()` at the loudspeaker: the latest that the last 10 s tell.
 *
 * Stamps of `getOutputTimestamp` count where they are plausible, since they know the whole way to the
 * device. Elsewhere `currentTime` less the reported latency stands in for them. Both leave out what waits in
 * buffers that the browser does not know of, which is more at one time than at another (Chromium on
 * PulseAudio: a saw tooth of 11 ms in 8 s, while the device plays evenly). They are never too late, so the latest
 * is the nearest to the truth; it is the last but one, since a single reading may be wild. Stamps that wander
 * off altogether are held near the context's own count.
 */
export class AudioClock {
  private points: Point[] = [];
  private leaptMs: number | null = null;
  private offsetS = 0;
  private steady = false;
  private readonly count = new ContextClock();

  /** Takes a reading; call it about 20 times a second while sound is expected. */
  read(reading: AudioReading): void {
    const point = this.pointOf(reading);
    if (point.trusted && this.points.some((other) => !other.trusted)) this.points = [];
    if (!point.trusted && this.points.some((other) => other.trusted)) {
      const newest = this.points[this.points.length - 1];
      if (newest && point.atMs - newest.atMs < STAMPS_GONE_MS) return;
      this.points = [];
    }
    this.add(point);
    this.offsetS = latestOf(this.points);
    if (!point.trusted) return;
    const countS = reading.currentS - reading.nowMs / 1_000;
    this.count.read(reading.nowMs, countS, countS - point.offsetS);
    const { offsetS } = this.count;
    this.offsetS = Math.min(Math.max(this.offsetS, offsetS - LATEST_S), offsetS + EARLIEST_S);
  }

  get ready(): boolean {
    return this.points.length >= 1;
  }

  /** Whether the offset comes from the device itself. */
  get trusted(): boolean {
    return this.points.some((point) => point.trusted);
  }

  /** Whether enough was read for the offset to be steady. */
  get settled(): boolean {
    return this.steady;
  }

  reset(): void {
    this.points = [];
    this.leaptMs = null;
    this.steady = false;
    this.count.reset();
  }

  /** The context time that is heard at `localMs` of `performance.now()`. */
  toContextS(localMs: number): number {
    return localMs / 1_000 + this.offsetS;
  }

  /** When (`performance.now()`) the context time is heard. */
  toLocalMs(contextS: number): number {
    return (contextS - this.offsetS) * 1_000;
  }

  private add(point: Point): void {
    this.points = this.points.filter((other) => point.atMs - other.atMs <= WINDOW_MS);
    const previous = this.points[this.points.length - 1];
    this.points.push(point);
    const newest = this.points.slice(-STEP_READINGS);
    const apart = newest.some((other) => Math.abs(other.offsetS - point.offsetS) > AGREE_S);
    const agree = newest.length === STEP_READINGS && !apart;
    const waitedMs = point.atMs - (this.points[0] ?? point).atMs;
    if (agree || waitedMs > LONGEST_SETTLING_MS) this.steady = true;
    if (agree && point.offsetS < latestOf(this.points) - STEP_S) this.points = newest;
    if (previous && point.offsetS > previous.offsetS + STEP_S) this.leaptMs = point.atMs;
    this.followLeap(point);
  }

  private followLeap({ atMs }: Point): void {
    if (this.leaptMs === null || atMs - this.leaptMs < LASTING_MS) return;
    const since = this.points.filter((other) => other.atMs >= (this.leaptMs as number));
    if (latestOf(since) > latestOf(this.points) + STEP_S) this.points = since;
    this.leaptMs = null;
  }

  private pointOf(reading: AudioReading): Point {
    const { nowMs, currentS, stamp, latencyS } = reading;
    if (stamp !== null && plausible(reading, stamp)) {
      return { atMs: nowMs, offsetS: stamp.contextS - stamp.performanceMs / 1_000, trusted: true };
    }
    return { atMs: nowMs, offsetS: currentS - latencyS - nowMs / 1_000, trusted: false };
  }
}

function plausible(reading: AudioReading, stamp: { contextS: number; performanceMs: number }): boolean {
  if (!(stamp.contextS > 0) || !(stamp.performanceMs > 0)) return false;
  const ageMs = reading.nowMs - stamp.performanceMs;
  if (ageMs > STALE_MS || ageMs < -FUTURE_MS) return false;
  const heardNowS = stamp.contextS + ageMs / 1_000;
  return heardNowS <= reading.currentS + 0.02 && reading.currentS - heardNowS <= FURTHEST_S;
}

/** The later the device plays a moment, the less of the context it has played by now. */
function latestOf(points: Point[]): number {
  const sorted = points.map((point) => point.offsetS).sort((a, b) => a - b);
  return sorted[1] ?? sorted[0] ?? 0;
}

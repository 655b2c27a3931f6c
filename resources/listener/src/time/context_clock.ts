/** When a moment of an AudioContext is heard, by the context's own count: coarse, but not led astray. */

const WINDOW_MS = 10_000;

/** So many readings in a row that are this far from the others: the device stopped, or counts on from elsewhere. */
const STEP_READINGS = 20;
const STEP_S = 0.012;

/** The delay counts as it was in the first seconds, until there are as many later ones as one can trust. */
const FIRST_MS = 2_000;
const LATER_MS = 20_000;
const SETTLED_MS = 32_000;

/** A delay this far from the one before, for so long, is another device's. */
const OTHER_DEVICE_S = 0.06;
const OTHER_DEVICE_MS = 3_000;

interface Reading {
  atMs: number;
  valueS: number;
}

/**
 * The offset between context time and `performance.now()` at the loudspeaker: how far the context has counted,
 * less the device's delay.
 *
 * A context counts what it computed, which the device then plays without a hole: over 10 s the count is steady,
 * although it goes in strides of 10 ms. The delay is a device's own and hardly changes. Chromium's estimate of
 * it on PulseAudio wanders by tens of milliseconds for ten seconds after a busy start, so it is not followed.
 */
export class ContextClock {
  private counts: Reading[] = [];
  private first: Reading[] = [];
  private later: Reading[] = [];

  /** Takes what a reading at `atMs` told: context time less `performance.now()`, and the device's delay. */
  read(atMs: number, countS: number, delayS: number): void {
    this.counts = recent(this.counts, atMs, WINDOW_MS);
    this.counts.push({ atMs, valueS: countS });
    const newest = this.counts.slice(-STEP_READINGS);
    const isStep = Math.abs(medianOf(newest) - medianOf(this.counts)) > STEP_S;
    if (newest.length === STEP_READINGS && isStep) this.counts = newest;
    this.learn({ atMs, valueS: delayS });
  }

  get offsetS(): number {
    return medianOf(this.counts) - this.delayS;
  }

  reset(): void {
    this.counts = [];
    this.first = [];
    this.later = [];
  }

  private get delayS(): number {
    const begunMs = this.first[0]?.atMs ?? 0;
    const newestMs = this.later[this.later.length - 1]?.atMs ?? 0;
    return medianOf(newestMs - begunMs > SETTLED_MS ? this.later : this.first);
  }

  private learn(delay: Reading): void {
    const begunMs = this.first[0]?.atMs ?? delay.atMs;
    if (delay.atMs - begunMs <= FIRST_MS) this.first.push(delay);
    this.later = recent(this.later, delay.atMs, LATER_MS);
    this.later.push(delay);
    const newest = recent(this.later, delay.atMs, OTHER_DEVICE_MS);
    const isLong = delay.atMs - begunMs > FIRST_MS + OTHER_DEVICE_MS;
    if (isLong && Math.abs(medianOf(newest) - this.delayS) > OTHER_DEVICE_S) {
      this.first = this.later = newest;
    }
  }
}

function recent(readings: Reading[], atMs: number, windowMs: number): Reading[] {
  return readings.filter((other) => atMs - other.atMs <= windowMs);
}

function medianOf(readings: Reading[]): number {
  const sorted = readings.map((reading) => reading.valueS).sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2;
}

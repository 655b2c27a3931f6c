/** The server's clock as this client sees it: bursts of probes through a drift-aware filter. */

import { SendspinTimeFilter } from "@sendspin/sendspin-js";
import type { ProbeReply } from "../wire/messages";

/** Of so many probes, one right after the other, the one with the shortest round trip counts. */
export const BURST = 8;

/** Once the clock is known, a burst ends with a reply that is about as quick as the quickest of so many before. */
const REMEMBERED_BURSTS = 6;
const ABOUT = 1.25;
const ABOUT_US = 300;

/**
 * How long to wait after each burst. The first ones come while the page is still busy with joining, so
 * others follow soon; one every 2 s then lets the filter learn the drift; later every 10 s is enough.
 */
const INTERVALS_MS = [150, 250, 400, 700, 1_000, ...Array.from({ length: 10 }, () => 2_000), 10_000];

/** Half a round trip never bounds the error below this: clocks tick in steps, schedulers add some. */
const LEAST_ERROR_US = 100;

/**
 * Clocks of computers run less than 100 ppm apart. The filter has to be told, or it takes the jitter between
 * the first two replies for a drift and follows it for seconds.
 */
const USUAL_DRIFT = 1e-4;

/** The filter knows no time before zero, but is told of one long before the page was opened. */
const FILTER_STARTS_US = 1e12;

/** A measurement this far off is another clock (the host was restarted), not a disturbance. */
const OTHER_CLOCK_US = 250_000;

interface Sample {
  offsetUs: number;
  errorUs: number;
  atUs: number;
}

export class ServerClock {
  roundTripMs = 0;
  private readonly filter = new SendspinTimeFilter();
  private bursts = 0;
  private best: Sample | null = null;
  private replies = 0;
  private recentErrorsUs: number[] = [];

  /** Whether times can be converted. */
  get ready(): boolean {
    return this.filter.is_synchronized;
  }

  /** The likely error of conversions, in milliseconds. */
  get errorMs(): number {
    return this.ready ? this.filter.error / 1_000 : 0;
  }

  /** How long to wait until the next burst. */
  get intervalMs(): number {
    return INTERVALS_MS[Math.min(this.bursts, INTERVALS_MS.length - 1)] as number;
  }

  /** Whether no more replies are needed until the next burst. */
  get satisfied(): boolean {
    return this.replies > 0 && this.best === null && this.bursts >= INTERVALS_MS.length;
  }

  /** Forgets everything: the server is another one. */
  reset(): void {
    this.filter.reset();
    this.bursts = 0;
    this.recentErrorsUs = [];
    this.beginBurst();
  }

  /** Begins a new selection; replies to earlier probes still count for it. */
  beginBurst(): void {
    this.endBurst();
    this.replies = 0;
  }

  /** Takes a reply that arrived at `arrivedUs` of `performance.now()` in microseconds. */
  receive(reply: ProbeReply, arrivedUs: number): void {
    const roundTripUs = Math.max(0, arrivedUs - reply.client_us - (reply.sent_us - reply.received_us));
    const sample = {
      offsetUs: (reply.received_us - reply.client_us + (reply.sent_us - arrivedUs)) / 2,
      errorUs: Math.max(LEAST_ERROR_US, roundTripUs / 2),
      atUs: arrivedUs,
    };
    if (this.best === null || sample.errorUs < this.best.errorUs) this.best = sample;
    this.replies += 1;
    // The first reply ever is taken at once, so that sound can begin a round trip after joining.
    if (this.replies >= BURST || !this.ready || this.isQuick(this.best)) this.endBurst();
  }

  /** The time here, in milliseconds of `performance.now()`, at which the server's clock shows `serverUs`. */
  toLocalMs(serverUs: number): number {
    return (this.filter.computeClientTime(serverUs) - FILTER_STARTS_US) / 1_000;
  }

  /** What the server's clock shows at `localMs` of `performance.now()`. */
  toServerUs(localMs: number): number {
    return this.filter.computeServerTime(localMs * 1_000 + FILTER_STARTS_US);
  }

  private endBurst(): void {
    const best = this.best;
    if (best === null) return;
    this.best = null;
    this.recentErrorsUs = [...this.recentErrorsUs, best.errorUs].slice(-REMEMBERED_BURSTS);
    this.roundTripMs = (2 * best.errorUs) / 1_000;
    if (this.ready && Math.abs(best.offsetUs - this.offsetAt(best.atUs)) > OTHER_CLOCK_US + best.errorUs) {
      this.filter.reset();
      this.bursts = 0;
    }
    if (!this.ready) this.presume(best);
    this.measured(best, best.atUs);
    this.bursts += 1;
  }

  /** Tells the filter that the clocks stood alike so long ago that nothing but a usual drift can be between. */
  private presume(first: Sample): void {
    this.measured(first, first.atUs - (Math.SQRT2 * first.errorUs) / USUAL_DRIFT);
  }

  private measured({ offsetUs, errorUs }: Sample, atUs: number): void {
    this.filter.update(offsetUs - FILTER_STARTS_US, errorUs, atUs + FILTER_STARTS_US);
  }

  private isQuick(sample: Sample): boolean {
    if (this.bursts < INTERVALS_MS.length - 1) return false;
    return sample.errorUs <= ABOUT * Math.min(...this.recentErrorsUs) + ABOUT_US;
  }

  private offsetAt(atUs: number): number {
    return this.filter.computeServerTime(atUs + FILTER_STARTS_US) - atUs;
  }
}

/** Takes a microphone's sound to the recogniser's rate, block by block without seams. */

const TAPS = 48;
const PHASES = 64;

/**
 * A windowed-sinc low-pass filter evaluated at every output sample, at one of 64 positions between two
 * input samples.
 */
export class Resampler {
  private readonly step: number;
  private readonly filters: Float32Array[];
  private tail = new Float32Array(TAPS);
  private at = 0;

  constructor(fromHz: number, toHz: number) {
    this.step = fromHz / toHz;
    const cutoff = Math.min(1, toHz / fromHz) * 0.92;
    this.filters = Array.from({ length: PHASES }, (_, phase) => filter(phase / PHASES, cutoff));
  }

  /** The output samples that `block` completes. */
  push(block: Float32Array): Float32Array {
    const input = new Float32Array(this.tail.length + block.length);
    input.set(this.tail);
    input.set(block, this.tail.length);
    const result: number[] = [];
    while (Math.floor(this.at) + TAPS < input.length) {
      const whole = Math.floor(this.at);
      const taps = this.filters[Math.floor((this.at - whole) * PHASES)] as Float32Array;
      let sum = 0;
      for (let index = 0; index < TAPS; index++) sum += (input[whole + index] as number) * (taps[index] as number);
      result.push(sum);
      this.at += this.step;
    }
    const used = Math.min(Math.floor(this.at), input.length);
    this.tail = input.slice(used);
    this.at -= used;
    return Float32Array.from(result);
  }
}

function filter(fraction: number, cutoff: number): Float32Array {
  const taps = new Float32Array(TAPS);
  let sum = 0;
  for (let index = 0; index < TAPS; index++) {
    const x = index - (TAPS / 2 - 1) - fraction;
    const window = 0.5 + 0.5 * Math.cos((2 * Math.PI * x) / TAPS);
    const value = (x === 0 ? cutoff : Math.sin(Math.PI * cutoff * x) / (Math.PI * x)) * window;
    taps[index] = value;
    sum += value;
  }
  return taps.map((value) => value / sum);
}

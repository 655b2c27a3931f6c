/** The microphone while somebody talks: 16 kHz blocks and a level, on pages that are secure. */

import { setAudioSession } from "./output";
import { Resampler } from "./resampler";

export const HEARING_RATE_HZ = 16_000;

/** The microphone stays open so long after the last word, so that the next press hears its first. */
const STAYS_OPEN_MS = 15_000;

export interface Hearing {
  /** Samples at 16 kHz while listening. */
  samples: (samples: Float32Array) => void;
  /** Loudness from 0 to 1. */
  level: (level: number) => void;
}

/** Why talking can't be offered here, or null if it can. */
export function talkingImpossible(): "insecure" | "unsupported" | null {
  if (!window.isSecureContext) return "insecure";
  return navigator.mediaDevices && "AudioWorkletNode" in window ? null : "unsupported";
}

export class Microphone {
  private context: AudioContext | null = null;
  private stream: MediaStream | null = null;
  private listening = false;
  private closing: ReturnType<typeof setTimeout> | undefined;
  private opening: Promise<void> | null = null;

  constructor(private readonly hearing: Hearing) {}

  /** Whether a press is heard at once, without asking the person first. */
  get open(): boolean {
    return this.stream !== null;
  }

  /** Begins to listen. Rejects with the browser's own error where it is not allowed or there is none. */
  async start(): Promise<void> {
    clearTimeout(this.closing);
    this.listening = true;
    setAudioSession("play-and-record");
    this.opening ??= this.openUp().finally(() => {
      this.opening = null;
    });
    await this.opening;
  }

  /** Stops listening; what was heard has been handed over. */
  stop(): void {
    this.listening = false;
    this.hearing.level(0);
    clearTimeout(this.closing);
    this.closing = setTimeout(() => this.close(), STAYS_OPEN_MS);
  }

  private async openUp(): Promise<void> {
    if (this.stream) return;
    const stream = await navigator.mediaDevices.getUserMedia({
      audio: { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true },
    });
    const context = new AudioContext();
    try {
      await context.audioWorklet.addModule("talk-worklet.js");
      await context.resume();
    } catch (error) {
      stream.getTracks().forEach((track) => track.stop());
      void context.close();
      throw error;
    }
    const node = new AudioWorkletNode(context, "talk", { numberOfOutputs: 0 });
    const resampler = new Resampler(context.sampleRate, HEARING_RATE_HZ);
    node.port.onmessage = ({ data }: MessageEvent<Float32Array>) => {
      const samples = resampler.push(data);
      if (!this.listening) return;
      this.hearing.level(loudness(samples));
      this.hearing.samples(samples);
    };
    context.createMediaStreamSource(stream).connect(node);
    stream.getAudioTracks()[0]?.addEventListener("ended", () => this.close());
    this.stream = stream;
    this.context = context;
  }

  private close(): void {
    if (this.listening) return;
    clearTimeout(this.closing);
    this.stream?.getTracks().forEach((track) => track.stop());
    void this.context?.close();
    this.stream = this.context = null;
    setAudioSession("playback");
  }
}

/** Loudness as it is shown: -54 dBFS is nothing, -6 dBFS is full. */
export function loudness(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  const dbfs = 10 * Math.log10(sum / Math.max(1, samples.length) + 1e-12);
  return Math.max(0, Math.min(1, (dbfs + 54) / 48));
}

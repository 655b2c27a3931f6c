/** Hold to talk: asks for the floor, keeps what is said meanwhile, and hands it on in packets. */

import { encodeTalk } from "../wire/packets";
import type { ClientMessage } from "../wire/messages";

export type TalkState = "silent" | "asking" | "talking";

/** Packets of 50 ms at 16 kHz. */
const PACKET_SAMPLES = 800;

/** So much is kept while the floor is asked for; a refusal comes much sooner. */
const MOST_WAITING_SAMPLES = 10 * 16_000;

export class Talk {
  state: TalkState = "silent";
  private waiting: Float32Array[] = [];
  private waitingSamples = 0;
  private sequence = 0;
  private releasing = false;

  constructor(
    private readonly send: (message: ClientMessage) => void,
    private readonly sendPacket: (packet: ArrayBuffer) => void,
    private readonly changed: (state: TalkState) => void,
  ) {}

  /** The button went down. */
  press(): void {
    if (this.state !== "silent") return;
    this.waiting = [];
    this.waitingSamples = this.sequence = 0;
    this.releasing = false;
    this.become("asking");
    this.send({ type: "press" });
  }

  /** The button went up: what was said is a question as soon as all of it is sent. */
  release(): void {
    if (this.state === "asking") this.releasing = true;
    if (this.state !== "talking") return;
    this.flush(1);
    this.send({ type: "release" });
    this.become("silent");
  }

  /** The floor is ours, or it is not (any more). */
  floor(ours: boolean): void {
    if (ours && this.state === "asking") {
      this.become("talking");
      this.flush(PACKET_SAMPLES);
      if (this.releasing) this.release();
    } else if (!ours && this.state === "talking") this.become("silent");
  }

  /** Somebody else talks, or there is no connection: nothing was said. */
  refused(): void {
    if (this.state !== "silent") this.become("silent");
  }

  /** Takes sound from the microphone. */
  hear(samples: Float32Array): void {
    if (this.state === "silent" || this.releasing || this.waitingSamples > MOST_WAITING_SAMPLES) return;
    this.waiting.push(samples);
    this.waitingSamples += samples.length;
    if (this.state === "talking") this.flush(PACKET_SAMPLES);
  }

  private flush(least: number): void {
    const all = new Float32Array(this.waitingSamples);
    let at = 0;
    for (const block of this.waiting) {
      all.set(block, at);
      at += block.length;
    }
    let sent = 0;
    while (all.length - sent >= Math.max(1, least)) {
      const end = Math.min(all.length, sent + PACKET_SAMPLES);
      this.sendPacket(encodeTalk(this.sequence, all.subarray(sent, end)));
      this.sequence += 1;
      sent = end;
    }
    this.waiting = sent < all.length ? [all.subarray(sent)] : [];
    this.waitingSamples = all.length - sent;
  }

  private become(state: TalkState): void {
    this.state = state;
    this.changed(state);
  }
}

/** The socket to the room: opens, says hello, probes the clock, and comes back for as long as it may. */

import type { ServerClock } from "../time/server_clock";
import { BURST } from "../time/server_clock";
import {
  type ClientMessage,
  type ProbeReply,
  parseServerMessage,
  type ServerMessage,
  SUBPROTOCOL,
  type Welcome,
} from "../wire/messages";
import { decodeSound, type SoundPacket } from "../wire/packets";
import { waitMs } from "./backoff";

export type Status =
  | { kind: "connecting" }
  | { kind: "joined" }
  | { kind: "waiting"; untilMs: number }
  | { kind: "ended"; reason: "unauthorised" | "removed" | "elsewhere" };

export interface Handlers {
  hello: () => ClientMessage;
  status: (status: Status) => void;
  message: (message: ServerMessage) => void;
  packet: (packet: SoundPacket) => void;
}

const ENDINGS: Record<number, "unauthorised" | "removed" | "elsewhere"> = {
  4401: "unauthorised",
  4403: "removed",
  4409: "elsewhere",
};

/** A probe that is not answered by then means that the connection is dead, whatever the browser says. */
const SILENCE_MS = 8_000;

export class Connection {
  private socket: WebSocket | null = null;
  private attempt = 0;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private probing: ReturnType<typeof setTimeout> | undefined;
  private watchdog: ReturnType<typeof setTimeout> | undefined;
  private probeId = 0;
  private probesLeft = 0;

  constructor(
    private readonly url: string,
    private readonly clock: ServerClock,
    private readonly handlers: Handlers,
  ) {
    addEventListener("online", () => this.wake());
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this.wake();
    });
  }

  /** Joins; from then on it comes back by itself. */
  open(): void {
    clearTimeout(this.retry);
    this.drop();
    this.handlers.status({ kind: "connecting" });
    const socket = new WebSocket(this.url, [SUBPROTOCOL]);
    socket.binaryType = "arraybuffer";
    this.socket = socket;
    socket.onopen = () => this.send(this.handlers.hello());
    socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => this.receive(data);
    socket.onclose = ({ code }) => {
      if (this.socket === socket) this.closed(code);
    };
  }

  /** Sends `message`, or loses it while there is no connection. */
  send(message: ClientMessage): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  /** Sends a packet, or loses it while there is no connection. */
  sendPacket(packet: ArrayBuffer): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(packet);
  }

  /** The network or the page is back: tries at once, and looks whether an open connection still lives. */
  wake(): void {
    if (this.socket === null ? this.retry !== undefined : this.socket.readyState === WebSocket.CONNECTING) {
      this.open(); // an attempt from before may wait for an answer that will never come
    } else if (this.socket?.readyState === WebSocket.OPEN) this.probe();
  }

  private receive(data: string | ArrayBuffer): void {
    const arrivedUs = performance.now() * 1_000;
    clearTimeout(this.watchdog);
    this.watchdog = undefined;
    if (data instanceof ArrayBuffer) {
      const packet = decodeSound(data);
      if (packet) this.handlers.packet(packet);
      return;
    }
    const message = parseServerMessage(data);
    if (message === null) return;
    if (message.type === "probe") this.probed(message, arrivedUs);
    if (message.type === "welcome") this.welcomed(message);
    this.handlers.message(message);
  }

  private welcomed(_: Welcome): void {
    this.attempt = 0;
    this.handlers.status({ kind: "joined" });
    this.probe();
  }

  private probe(): void {
    clearTimeout(this.probing);
    this.clock.beginBurst();
    this.probesLeft = BURST;
    this.sendProbe();
    this.watchdog ??= setTimeout(() => this.closed(1006), SILENCE_MS);
    this.probing = setTimeout(() => this.probe(), this.clock.intervalMs);
  }

  private sendProbe(): void {
    this.probesLeft -= 1;
    this.probeId = (this.probeId + 1) % 2 ** 32;
    this.send({ type: "probe", id: this.probeId, client_us: Math.round(performance.now() * 1_000) });
  }

  /** The next probe of a burst waits for the reply to the one before: sent together they would queue. */
  private probed(reply: ProbeReply, arrivedUs: number): void {
    this.clock.receive(reply, arrivedUs);
    if (reply.id === this.probeId && this.probesLeft > 0 && !this.clock.satisfied) this.sendProbe();
  }

  private closed(code: number): void {
    this.drop();
    const reason = ENDINGS[code];
    if (reason) {
      this.handlers.status({ kind: "ended", reason });
      return;
    }
    const pauseMs = waitMs(this.attempt, Math.random());
    this.attempt += 1;
    this.handlers.status({ kind: "waiting", untilMs: performance.now() + pauseMs });
    this.retry = setTimeout(() => this.open(), pauseMs);
  }

  private drop(): void {
    const socket = this.socket;
    this.socket = null;
    clearTimeout(this.retry);
    clearTimeout(this.probing);
    clearTimeout(this.watchdog);
    this.retry = this.watchdog = undefined;
    if (socket) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
    }
  }
}

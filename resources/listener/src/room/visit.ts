/** One visit to the room: everything the views show, and everything they can do. */

import { batch, effect, signal } from "@preact/signals";
import { Microphone, talkingImpossible } from "../sound/microphone";
import { Player, type Playing } from "../sound/player";
import { ServerClock } from "../time/server_clock";
import type { ClientMessage, PrivateMessage, Role, ServerMessage, Welcome } from "../wire/messages";
import { Connection, type Status } from "./connection";
import { type Conversation, fromSnapshot, NOTHING_YET, told } from "./conversation";
import { tell, tellRefusal, tellText } from "./notice";
import { NOBODY, type People, peopleAfter } from "./people";
import { delayMs, deviceName, forgetJoinToken, joinToken, session, silenced, volume } from "./memory";
import { Talk, type TalkState } from "./talk";

const REPORT_MS = 10_000;

export interface Figures extends Playing {
  roundTripMs: number;
  clockErrorMs: number;
}

const clock = new ServerClock();
const player = new Player(clock, () => {
  soundRunning.value = player.running;
});

export const status = signal<Status | null>(null);
export const conversation = signal<Conversation>(NOTHING_YET);
export const role = signal<Role>("listener");
/** Whether an owner keeps this device's microphone out. */
export const hushed = signal(false);
export const me = signal("");
export const manner = signal<{ mode: "personal" | "room"; leadMs: number }>({ mode: "personal", leadMs: 0 });
export const people = signal<People>(NOBODY);
export const invitation = signal<{ url: string; minutes: number } | null>(null);
export const soundRunning = signal(false);
export const inStep = signal(false);
export const figures = signal<Figures>({
  bufferMs: 0, syncErrorMs: 0, latePackets: 0, roundTripMs: 0, clockErrorMs: 0,
});
export const talkState = signal<TalkState>("silent");
export const level = signal(0);
export const mayJoin = signal(joinToken() !== "" || session.value !== "");

/** Whether the room let the person in; a lost connection alone does not put them out again. */
export const entered = signal(false);

let maximumTextBytes = 2_048;
let token = joinToken();

const socketUrl = new URL("socket", location.href);
socketUrl.protocol = location.protocol === "https:" ? "wss:" : "ws:";
socketUrl.hash = "";

const connection = new Connection(socketUrl.href, clock, {
  hello: () => ({
    type: "hello",
    token,
    session: token ? "" : session.value,
    format: "s16le",
    delay_ms: Math.round(delayMs.value),
    name: deviceName.value.trim().slice(0, 40),
  }),
  status: statusChanged,
  message: received,
  packet: (packet) => player.add(packet),
});

const talk = new Talk(
  (message) => connection.send(message),
  (packet) => connection.sendPacket(packet),
  (state) => {
    talkState.value = state;
    if (state === "silent") microphone.stop();
  },
);
const microphone = new Microphone({
  samples: (samples) => talk.hear(samples),
  level: (now) => {
    level.value = now;
  },
});

effect(() => player.setVolume(silenced.value ? 0 : volume.value));
effect(() => {
  player.delayMs = delayMs.value;
});
addEventListener("hashchange", () => {
  if (!joinToken()) return;
  token = joinToken();
  mayJoin.value = true;
  if (status.value?.kind === "ended") status.value = null;
});
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && entered.value && !player.running) void player.unlock();
});
setInterval(report, REPORT_MS);
setInterval(() => {
  if (status.value?.kind !== "joined") return;
  inStep.value = clock.ready;
  figures.value = { ...player.playing(), roundTripMs: clock.roundTripMs, clockErrorMs: clock.errorMs };
}, 500);

/** Joins; has to be called in a tap or key press, so that the browser lets sound out. */
export function join(): void {
  void player.unlock();
  connection.open();
}

/** Lets sound out after the browser stopped it. */
export function turnSoundOn(): void {
  void player.unlock();
}

/** The server's clock now, in microseconds, or null while it isn't known. */
export function serverNowUs(): number | null {
  return clock.ready ? clock.toServerUs(performance.now()) : null;
}

/** Sends a question; false if it can't be sent. */
export function ask(text: string): boolean {
  const question = text.trim();
  if (!question || status.value?.kind !== "joined") return false;
  if (new TextEncoder().encode(question).length > maximumTextBytes) {
    tell("textTooLong");
    return false;
  }
  send({ type: "ask", text: question });
  return true;
}

/** Sends any of the simple commands. */
export function send(message: ClientMessage): void {
  connection.send(message);
}

/** The talk button went down. */
export async function press(): Promise<void> {
  if (status.value?.kind !== "joined" || talkState.value !== "silent") return;
  const impossible = talkingImpossible();
  if (impossible || hushed.value) {
    tell(impossible ?? "hushed");
    return;
  }
  const { talker } = conversation.value;
  if (talker && talker !== me.value) {
    tell("busy");
    return;
  }
  const heardAtOnce = microphone.open;
  pressed = true;
  try {
    if (heardAtOnce) talk.press();
    await microphone.start();
  } catch (error) {
    pressed = false;
    talk.refused();
    microphone.stop();
    tell(error instanceof DOMException && error.name === "NotFoundError" ? "micMissing" : "micRefused");
    return;
  }
  if (heardAtOnce) return;
  // The browser may have asked for permission meanwhile, and the button be up again.
  if (pressed) talk.press();
  else {
    microphone.stop();
    tell("micReady");
  }
}

let pressed = false;

/** The talk button went up. */
export function release(): void {
  pressed = false;
  talk.release();
}

function statusChanged(next: Status): void {
  if (next.kind !== "joined") talk.refused();
  if (next.kind === "ended" && next.reason === "unauthorised") {
    if (token && session.value) {
      token = ""; // the invitation was used, perhaps by this very device before
      connection.open();
      return;
    }
    token = session.value = "";
    mayJoin.value = false;
  }
  if (next.kind === "ended") entered.value = false;
  status.value = next;
}

function received(message: ServerMessage): void {
  batch(() => {
    switch (message.type) {
      case "welcome":
        welcomed(message);
        break;
      case "probe":
        inStep.value = clock.ready;
        break;
      case "role":
      case "hushed":
      case "listeners":
      case "invited":
      case "error":
        privately(message);
        break;
      default:
        if (message.type === "cut") player.cut(message.turn);
        if (message.type === "snapshot") follow(message.snapshot.room, message.snapshot.turn);
        if (message.type === "failed" && !message.turn) tellText(`${message.message} ${message.remedy}`);
        if (message.type === "talker") talk.floor(message.listener === me.value);
        conversation.value = told(conversation.value, message);
    }
  });
}

function welcomed(welcome: Welcome): void {
  session.value = welcome.session;
  token = "";
  forgetJoinToken();
  me.value = welcome.listener;
  role.value = welcome.role;
  hushed.value = welcome.hushed;
  if (!deviceName.value) deviceName.value = welcome.name;
  manner.value = { mode: welcome.mode, leadMs: welcome.lead_ms };
  maximumTextBytes = welcome.limits.text_bytes;
  follow(welcome.snapshot.room, welcome.snapshot.turn);
  conversation.value = fromSnapshot(welcome.snapshot);
  entered.value = true;
}

function follow(room: string, turn: number): void {
  if (room !== conversation.value.room) {
    player.forgetRoom();
    clock.reset();
  } else player.keepOnly(turn);
}

function privately(message: PrivateMessage): void {
  switch (message.type) {
    case "role":
      role.value = message.role;
      if (message.role !== "owner") people.value = NOBODY;
      break;
    case "hushed":
      hushed.value = message.hushed;
      if (message.hushed) tell("hushed");
      break;
    case "listeners":
      people.value = peopleAfter(people.value, message);
      break;
    case "invited": {
      const url = new URL(location.href);
      url.hash = `join=${message.token}`;
      invitation.value = { url: url.href, minutes: Math.max(1, Math.round(message.expires_s / 60)) };
      break;
    }
    case "error":
      if (talk.state === "asking") talk.refused();
      tellRefusal(message.code, message.message, message.retry_after_s);
      break;
    case "probe":
      break;
  }
}

function report(): void {
  if (status.value?.kind !== "joined") return;
  const { bufferMs, syncErrorMs, latePackets } = player.playing();
  connection.send({
    type: "report",
    delay_ms: Math.round(delayMs.value),
    round_trip_ms: clock.roundTripMs,
    buffer_ms: bufferMs,
    sync_error_ms: syncErrorMs,
    late_packets: latePackets,
  });
}

/** The messages of aloud.2 as docs/protocol.md defines them. */

export const SUBPROTOCOL = "aloud.2";

export type Role = "listener" | "typist" | "talker" | "owner";
export type SoundFormat = "s16le" | "f32le" | "none";
export type StateName = "listening" | "transcribing" | "thinking" | "speaking" | "idle";
export type Outcome = "completed" | "discarded" | "interrupted" | "failed";

export interface Word {
  text: string;
  start: number;
  end: number;
  at_us: number;
}

export interface TurnSnapshot {
  turn: number;
  question: string;
  typed: boolean;
  reply: string;
  complete: boolean;
  heard: string;
  outcome: Outcome | null;
  words: Word[];
}

export type Port = "transcriber" | "language model" | "synthesizer" | "microphone" | "speaker";

export interface BackendSnapshot {
  port: Port;
  state: "off" | "loading" | "ready" | "restarting" | "failed";
  progress: number | null;
}

export interface Snapshot {
  room: string;
  state: StateName;
  turn: number;
  partial: string;
  muted: boolean;
  talker: string;
  talker_name: string;
  earlier_turns: number;
  turns: TurnSnapshot[];
  backends: BackendSnapshot[];
}

export interface Listener {
  listener: string;
  name: string;
  role: Role;
  hushed: boolean;
  address: string;
  format: SoundFormat;
  joined_us: number;
  dropped_packets: number;
  late_packets: number;
  delay_ms: number;
  round_trip_ms: number;
  buffer_ms: number;
  sync_error_ms: number;
}

export interface Welcome {
  type: "welcome";
  listener: string;
  role: Role;
  hushed: boolean;
  session: string;
  name: string;
  format: SoundFormat;
  rate_hz: number;
  lead_ms: number;
  mode: "personal" | "room";
  server_us: number;
  limits: { text_bytes: number; texts_per_minute: number; talk_s: number };
  snapshot: Snapshot;
}

export interface ProbeReply {
  type: "probe";
  id: number;
  client_us: number;
  received_us: number;
  sent_us: number;
}

export type RoomMessage =
  | { type: "state"; turn: number; state: StateName; at_us: number }
  | { type: "partial"; turn: number; text: string }
  | { type: "transcript"; turn: number; text: string; typed: boolean }
  | { type: "delta"; turn: number; text: string }
  | { type: "completed"; turn: number; text: string }
  | { type: "words"; turn: number; words: Word[] }
  | { type: "cut"; turn: number; at_us: number }
  | { type: "ended"; turn: number; outcome: Outcome; question: string; reply: string; heard: string }
  | { type: "failed"; turn: number; message: string; remedy: string }
  | { type: "talker"; listener: string; name: string }
  | { type: "muted"; muted: boolean }
  | ({ type: "backend" } & BackendSnapshot)
  | { type: "snapshot"; snapshot: Snapshot };

export type PrivateMessage =
  | ProbeReply
  | { type: "role"; role: Role }
  | { type: "hushed"; hushed: boolean }
  | { type: "listeners"; listeners: Listener[]; gone: string[]; total: number; anew: boolean }
  | { type: "invited"; token: string; role: Role; expires_s: number }
  | { type: "error"; code: string; message: string; retry_after_s: number };

export type ServerMessage = Welcome | RoomMessage | PrivateMessage;

export type ClientMessage =
  | { type: "hello"; token: string; session: string; format: SoundFormat; delay_ms: number; name: string }
  | { type: "probe"; id: number; client_us: number }
  | { type: "ask"; text: string }
  | { type: "press" }
  | { type: "release" }
  | { type: "stop" }
  | { type: "mute"; muted: boolean }
  | { type: "format"; format: SoundFormat }
  | {
      type: "report";
      delay_ms: number;
      round_trip_ms: number;
      buffer_ms: number;
      sync_error_ms: number;
      late_packets: number;
    }
  | { type: "invite"; role: Role }
  | { type: "promote"; listener: string; role: Role }
  | { type: "hush"; listener: string; hushed: boolean }
  | { type: "remove"; listener: string };

/** A message as the server sent it, or null for one that this page does not know. */
export function parseServerMessage(text: string): ServerMessage | null {
  try {
    const message: unknown = JSON.parse(text);
    if (typeof message !== "object" || message === null) return null;
    return typeof (message as { type?: unknown }).type === "string" ? (message as ServerMessage) : null;
  } catch {
    return null;
  }
}

const RANK: Record<Role, number> = { listener: 0, typist: 1, talker: 2, owner: 3 };

/** Whether `role` may do what `needed` may. Only decides what is shown; the server decides what is done. */
export function atLeast(role: Role, needed: Role): boolean {
  return RANK[role] >= RANK[needed];
}

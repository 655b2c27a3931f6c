/** What this device remembers between visits. Works, forgetfully, where storing is forbidden. */

import { signal } from "@preact/signals";

const PREFIX = "aloud.";

function read(key: string): string | null {
  try {
    return localStorage.getItem(PREFIX + key);
  } catch {
    return null;
  }
}

function write(key: string, value: string): void {
  try {
    if (value === "") localStorage.removeItem(PREFIX + key);
    else localStorage.setItem(PREFIX + key, value);
  } catch {
    // It is kept for this visit only.
  }
}

function remembered<Value>(key: string, other: Value, from: (text: string) => Value, to: (value: Value) => string) {
  const stored = read(key);
  const kept = signal(stored === null ? other : from(stored));
  kept.subscribe((value) => {
    const text = to(value);
    if ((read(key) ?? "") !== text) write(key, text);
  });
  return kept;
}

const asNumber = (least: number, most: number, other: number) => (text: string) => {
  const value = Number(text);
  return Number.isFinite(value) && text !== "" ? Math.max(least, Math.min(most, value)) : other;
};

/** What kind of device this is, as a name until the person gives it a better one. */
function guessedName(): string {
  const kinds = ["iPhone", "iPad", "Android", "Windows", "CrOS", "Mac", "Linux"];
  return kinds.find((kind) => navigator.userAgent.includes(kind)) ?? "";
}

export const DELAY_LIMIT_MS = 500;

/** The secret to come back with; "" before the first time. */
export const session = remembered("session", "", String, String);
/** What people should call this device. */
export const deviceName = remembered("name", guessedName(), (text) => text.slice(0, 40), String);
/** From 0 to 1. */
export const volume = remembered("volume", 1, asNumber(0, 1, 1), String);
/** This device only. */
export const silenced = remembered("silenced", false, (text) => text === "yes", (yes) => (yes ? "yes" : ""));
/** How much later than the others this device is heard, in milliseconds. */
export const delayMs = remembered("delay_ms", 0, asNumber(-DELAY_LIMIT_MS, DELAY_LIMIT_MS, 0), String);

/** The join token in the address, or "". */
export function joinToken(): string {
  return /^#join=([\w.~-]{1,128})$/.exec(location.hash)?.[1] ?? "";
}

/** Takes a used join token out of the address, so that it is neither bookmarked nor shared. */
export function forgetJoinToken(): void {
  if (joinToken()) history.replaceState(null, "", location.pathname + location.search);
}

/** Who is in the room, for owners: a fold over the `listeners` messages, each of which tells what changed. */

import type { Listener, PrivateMessage } from "../wire/messages";

export interface People {
  /** In the order in which they were told of. */
  known: readonly Listener[];
  /** How many there are, some of whom may not have been told of yet. */
  total: number;
}

export const NOBODY: People = { known: [], total: 0 };

/** `before` after `message`. */
export function peopleAfter(before: People, message: Extract<PrivateMessage, { type: "listeners" }>): People {
  const known = new Map(message.anew ? [] : before.known.map((one) => [one.listener, one]));
  for (const one of message.listeners) known.set(one.listener, one);
  for (const gone of message.gone) known.delete(gone);
  return { known: [...known.values()], total: message.total };
}

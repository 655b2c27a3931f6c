/** How long to wait before trying again. */

const LEAST_MS = 1_000;
const MOST_MS = 15_000;

/** Milliseconds before attempt `attempt` (from 0): at random up to 1 s, then 1 s doubling up to 15 s. */
export function waitMs(attempt: number, random: number): number {
  if (attempt === 0) return random * LEAST_MS;
  const most = Math.min(MOST_MS, LEAST_MS * 2 ** (attempt - 1));
  return most * (0.5 + random / 2);
}

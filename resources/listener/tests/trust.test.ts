import { expect, test } from "vitest";
import { systemOf, trustSteps, type System } from "../src/text/trust";

const AGENTS: [System, string, number][] = [
  ["iPhone", "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15", 5],
  ["iPhone", "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/19.0 Safari/605.1.15", 5],
  ["Mac", "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/19.0 Safari/605.1.15", 0],
  ["Android", "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36", 5],
  ["Windows", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36", 0],
  ["Linux", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36", 0],
];

test.each(AGENTS)("%s is told by its browser", (system, agent, touchPoints) => {
  expect(systemOf(agent, touchPoints)).toBe(system);
  expect(trustSteps(system).length).toBeGreaterThan(2);
});

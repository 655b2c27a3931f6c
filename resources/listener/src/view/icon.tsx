/** The same line drawings as in the desktop window. */

const DRAWINGS = {
  mic: "M12 3a3 3 0 0 1 3 3v5a3 3 0 0 1-6 0V6a3 3 0 0 1 3-3zM5.5 11.5a6.5 6.5 0 0 0 13 0M12 18v3",
  "mic-off":
    "M9 6a3 3 0 0 1 6 0v5M9 9.500V11a3 3 0 0 0 4.200 2.750M5.500 11.500a6.500 6.500 0 0 0 9.900 5.550" +
    "M18.500 11.500a6.500 6.500 0 0 1-.6 2.700M12 18v3M4 4l16 16",
  send: "M12 19V5.5M6 11.2l6-6 6 6",
  down: "M12 5v13.500M6 12.800l6 6 6-6",
  speaker: "M4 9.5v5h3.5L12 18.5v-13L7.5 9.5H4zM15.5 9a4.2 4.2 0 0 1 0 6M18 6.5a8 8 0 0 1 0 11",
  "speaker-off": "M4 9.5v5h3.5L12 18.5v-13L7.5 9.5H4zM16 9.75l4.5 4.5M20.5 9.75 16 14.25",
  gear:
    "M14.8 12a2.800 2.800 0 1 1-5.600 0 2.800 2.800 0 0 1 5.600 0zM12 3.500v2.200M12 18.300v2.200M3.500 12h2.200" +
    "M18.300 12h2.200M6 6l1.550 1.550M16.450 16.450 18 18M18 6l-1.550 1.550M7.550 16.450 6 18",
  close: "M6.5 6.5l11 11M17.5 6.5l-11 11",
  cut: "M4 10.500v3M7.500 7.500v9M11 9.500v5M15.500 4.500v15M19 12h.1M22 12h.1",
  alert:
    "M12 4.200 3.600 18.600a.9.9 0 0 0 .8 1.400h15.200a.9.9 0 0 0 .8-1.400L12 4.200zM12 10v4.200M12 17h.01",
  copy:
    "M11 8.500h6a2.500 2.500 0 0 1 2.500 2.500v6a2.500 2.500 0 0 1-2.500 2.500h-6A2.500 2.500 0 0 1 8.500 17v-6" +
    "A2.500 2.500 0 0 1 11 8.500zM15.5 5.6A2.2 2.2 0 0 0 13.4 4H6.5A2.5 2.5 0 0 0 4 6.5v6.9c0 1 .7 1.9 1.6 2.1",
  check: "M5 12.5l4.5 4.5L19 7.5",
  plus: "M12 5.500v13M5.500 12h13",
  voice: "M4 10.500v3M8 7.500v9M12 4.500v15M16 8v8M20 10.500v3",
} as const;

export function Icon({ name, size = 22 }: { name: keyof typeof DRAWINGS | "stop"; size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 24 24" class="icon" aria-hidden="true">
      {name === "stop" ? (
        <rect x="6.5" y="6.5" width="11" height="11" rx="2.5" fill="currentColor" />
      ) : (
        <path d={DRAWINGS[name]} />
      )}
    </svg>
  );
}

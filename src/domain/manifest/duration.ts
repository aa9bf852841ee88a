const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const DURATION = /^([0-9]{1,9})(ms|s|m|h|d)$/;

/** Milliseconds of "10m", "4h", "2s", "90s", "1d" or "250ms"; null when the text is no duration. */
export function parseDurationMs(text: string): number | null {
  const match = DURATION.exec(text);
  if (match === null) return null;
  const unit = match[2] as keyof typeof UNIT_MS;
  return Number(match[1]) * UNIT_MS[unit];
}

/** At most two units, rounded up to the second above a minute, for people: "1h 41m", "20s", "2d". */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${ms}ms`;
  const parts: string[] = [];
  let restMs = Math.ceil(ms / 1000) * 1000;
  for (const unit of ["d", "h", "m", "s"] as const) {
    const count = Math.floor(restMs / UNIT_MS[unit]);
    restMs -= count * UNIT_MS[unit];
    if (count > 0) parts.push(`${count}${unit}`);
    else if (parts.length > 0) break;
  }
  return parts.slice(0, 2).join(" ");
}

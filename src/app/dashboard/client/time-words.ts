/** Locale and zone of the viewer; undefined leaves both to the browser. */
export interface Zone {
  readonly locale: string | undefined;
  readonly timeZone: string | undefined;
}

/** The viewer's own clock: "14:45", with the date in front when it is not today ("3 Mar 14:45"). */
export function clockText(ms: number, nowMs: number, zone: Zone): string {
  const day = (at: number): string =>
    new Intl.DateTimeFormat("en-GB", { dateStyle: "short", ...timeZoneOf(zone) }).format(at);
  const time = new Intl.DateTimeFormat(zone.locale, {
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
    ...timeZoneOf(zone),
  }).format(ms);
  if (day(ms) === day(nowMs)) {
    return time;
  }
  const date = new Intl.DateTimeFormat(zone.locale, { day: "numeric", month: "short", ...timeZoneOf(zone) });
  return `${date.format(ms)} ${time}`;
}

/** The instant for everybody: "2026-03-02 14:45:07 UTC". */
export function utcText(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/** A length of time in its largest sensible unit: "34 s", "4 min", "2 h 5 min", "3 d". */
export function lengthText(lengthMs: number): string {
  const seconds = Math.floor(Math.abs(lengthMs) / 1000);
  if (seconds < 60) {
    return `${seconds} s`;
  }
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) {
    return `${minutes} min`;
  }
  const hours = Math.floor(minutes / 60);
  if (hours < 48) {
    return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  }
  return `${Math.floor(hours / 24)} d`;
}

/** How an end stands to its promise: "4 min early", "2 min late", "on time" within a minute. */
export function promiseText(endedMs: number, promisedMs: number): string {
  const earlyMs = promisedMs - endedMs;
  if (Math.abs(earlyMs) < 60_000) {
    return "on time";
  }
  return `${lengthText(earlyMs)} ${earlyMs > 0 ? "early" : "late"}`;
}

function timeZoneOf(zone: Zone): { timeZone?: string } {
  return zone.timeZone === undefined ? {} : { timeZone: zone.timeZone };
}

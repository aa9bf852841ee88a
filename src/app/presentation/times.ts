/** "14:45 UTC", with the date in front when it is not today. */
export function clockTime(atMs: number, nowMs: number): string {
  const at = new Date(atMs).toISOString();
  const time = `${at.slice(11, 16)} UTC`;
  return at.slice(0, 10) === new Date(nowMs).toISOString().slice(0, 10) ? time : `${at.slice(0, 10)} ${time}`;
}

/** "40 s", "12 min", "3 h 20 min", "13 d 4 h": rounded up, so that it is never promised too early. */
export function duration(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  if (seconds < 100) return `${seconds} s`;
  const minutes = Math.ceil(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  if (minutes <= 48 * 60) return parts(minutes, 60, "h", "min");
  return parts(Math.ceil(minutes / 60), 24, "d", "h");
}

function parts(amount: number, each: number, large: string, small: string): string {
  const rest = amount % each;
  return `${Math.floor(amount / each)} ${large}${rest === 0 ? "" : ` ${rest} ${small}`}`;
}

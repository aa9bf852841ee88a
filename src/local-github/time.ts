/** RFC 3339 UTC to the second, as GitHub writes times. */
export function timestamp(timeMs: number): string {
  return `${new Date(timeMs).toISOString().slice(0, 19)}Z`;
}

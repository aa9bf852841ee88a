/**
 * JSON with sorted keys, no white space and only ASCII characters: equal values give equal bytes, and the text is safe
 * on one line of any JavaScript file. Throws on what JSON cannot hold.
 */
export function canonicalJson(value: unknown): string {
  return asciiEscaped(JSON.stringify(sorted(value)));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item)]));
}

function asciiEscaped(json: string): string {
  return json.replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

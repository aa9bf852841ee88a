/** A MIME type as the MIME Sniffing standard reads it: names in lower case, parameters in order. */
export interface MimeType {
  readonly essence: string;
  readonly parameters: ReadonlyMap<string, string>;
}

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const QUOTABLE = /^[\t\u0020-\u007e\u0080-\u00ff]*$/;
const OUTER_SPACE = /^[\t\n\r ]+|[\t\n\r ]+$/g;

/** "Extract a MIME type" from the combined content-type header: of several, the last that can be read. */
export function readContentType(header: string | null): MimeType | null {
  const types = splitList(header ?? "")
    .map(parseMimeType)
    .filter((type) => type !== null && type.essence !== "*/*");
  const last = types.at(-1) ?? null;
  if (last === null || last.parameters.has("charset")) return last;
  // Those just before it with the same essence may name the charset.
  const from = types.findLastIndex((type) => type?.essence !== last.essence) + 1;
  const charset = types.slice(from).findLast((type) => type?.parameters.has("charset") === true);
  const name = charset?.parameters.get("charset");
  if (name === undefined) return last;
  return { essence: last.essence, parameters: new Map([...last.parameters, ["charset", name]]) };
}

export function parseMimeType(given: string): MimeType | null {
  const text = given.replaceAll(OUTER_SPACE, "");
  const end = text.indexOf(";");
  const [type = "", subtype = "", ...more] = (end === -1 ? text : text.slice(0, end)).split("/");
  const trimmed = subtype.replace(/[\t\n\r ]+$/, "");
  if (!TOKEN.test(type) || !TOKEN.test(trimmed) || more.length > 0) return null;
  const parameters = new Map<string, string>();
  for (const [name, value] of end === -1 ? [] : readParameters(text.slice(end + 1))) {
    if (!parameters.has(name)) parameters.set(name, value);
  }
  return { essence: `${type}/${trimmed}`.toLowerCase(), parameters };
}

export function mimeTypeText({ essence, parameters }: MimeType): string {
  let text = essence;
  for (const [name, value] of parameters) {
    text += `;${name}=${TOKEN.test(value) ? value : `"${value.replaceAll(/["\\]/g, String.raw`\$&`)}"`}`;
  }
  return text;
}

function readParameters(text: string): [string, string][] {
  const found: [string, string][] = [];
  let at = 0;
  while (at < text.length) {
    while (/[\t\n\r ]/.test(text.charAt(at))) at += 1;
    const nameStart = at;
    while (at < text.length && text[at] !== ";" && text[at] !== "=") at += 1;
    const name = text.slice(nameStart, at).toLowerCase();
    if (text[at] !== "=") {
      at += 1;
      continue;
    }
    at += 1;
    const quoted = text[at] === '"' ? readQuoted(text, at) : null;
    const start = quoted === null ? at : quoted[1];
    const rest = text.indexOf(";", start);
    at = rest === -1 ? text.length : rest;
    const value = quoted === null ? text.slice(start, at).replace(/[\t\n\r ]+$/, "") : quoted[0];
    at += 1;
    if (TOKEN.test(name) && QUOTABLE.test(value) && (quoted !== null || value !== ""))
      found.push([name, value]);
  }
  return found;
}

/** The text of a quoted string that starts at `at`, and where it ends. */
function readQuoted(text: string, at: number): [value: string, end: number] {
  let value = "";
  let index = at + 1;
  for (; index < text.length && text[index] !== '"'; index += 1) {
    if (text[index] === "\\" && index + 1 < text.length) index += 1;
    value += text.charAt(index);
  }
  return [value, index + 1];
}

/** Parts between commas that are in no quoted string. */
function splitList(header: string): string[] {
  const parts: string[] = [];
  let start = 0;
  let at = 0;
  while (at < header.length) {
    if (header[at] === '"') [, at] = readQuoted(header, at);
    else {
      if (header[at] === ",") {
        parts.push(header.slice(start, at));
        start = at + 1;
      }
      at += 1;
    }
  }
  parts.push(header.slice(start));
  return parts;
}

/**
 * Markdown of at most `bytesMax` bytes of UTF-8. What is too long is cut at the end of a line, open code fences and
 * `<details>` are closed so that nothing after the cut is swallowed, and a last line says that something is missing.
 */
export function boundedText(text: string, bytesMax: number): string {
  if (Buffer.byteLength(text) <= bytesMax) return text;
  // Room for what closing costs; a text with more open details than that loses its tail instead.
  const kept = wholeLines(firstBytes(text, Math.max(0, bytesMax - CLOSING_BYTES - Buffer.byteLength(NOTE))));
  const closing = closingOf(kept);
  return `${kept}${closing}${NOTE}`;
}

/** One line of at most `charactersMax` UTF-16 units, with an ellipsis where it was cut. */
export function boundedLine(text: string, charactersMax: number): string {
  const line = text.replace(/\s+/g, " ").trim();
  if (line.length <= charactersMax) return line;
  const cut = line.slice(0, charactersMax - 1);
  // A half of a pair is no character.
  return `${cut.replace(/[\uD800-\uDBFF]$/, "")}…`;
}

const NOTE = "\n\n_The rest is left out: it is longer than GitHub shows._";
const CLOSING_BYTES = 256;
const DETAILS_CLOSED_MAX = 16;

function firstBytes(text: string, bytes: number): string {
  // The decoder drops a character that was cut in half.
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(Buffer.from(text).subarray(0, bytes), {
    stream: true,
  });
}

function wholeLines(text: string): string {
  const end = text.lastIndexOf("\n");
  // One endless line is cut where it is.
  return end > text.length / 2 ? text.slice(0, end) : text;
}

function closingOf(text: string): string {
  let fence: string | null = null;
  let details = 0;
  for (const line of text.split("\n")) {
    const mark = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1];
    if (fence !== null) {
      if (mark !== undefined && mark.startsWith(fence) && line.trim() === mark) fence = null;
      continue;
    }
    if (mark !== undefined) fence = mark;
    details += (line.match(/<details\b/gi) ?? []).length - (line.match(/<\/details>/gi) ?? []).length;
  }
  const closedFence = fence === null ? "" : `\n${fence.slice(0, 64)}`;
  const closedDetails = "\n</details>".repeat(Math.min(Math.max(0, details), DETAILS_CLOSED_MAX));
  return `${closedFence}${closedDetails}`;
}

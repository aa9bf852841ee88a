/**
 * Text from a repository (names, titles, messages) as inert Markdown on one line: no mention, link, image, HTML, table,
 * heading or hidden marker comes of it. It reads the same to a person.
 */
export function escapeMarkdown(text: string): string {
  return (
    oneLine(text)
      .replaceAll("&", "&amp;")
      .replaceAll("<", "&lt;")
      .replaceAll(">", "&gt;")
      .replace(/[\\`*_[\]|~$]/g, "\\$&")
      // Headings and lists begin with these, at the start of a line only.
      .replace(/^[#+\-=]/, "\\$&")
      .replace(/^(\d+)([.)])/, "$1\\$2")
      // GitHub links these without any markup, and a backslash does not stop it; an invisible joint does.
      .replaceAll("@", `@${JOINT}`)
      .replace(/#(?=\d)/g, `#${JOINT}`)
      .replace(/:(?=\/\/)/g, `:${JOINT}`)
      .replace(/:(?=[\w+\\-]+:)/g, `:${JOINT}`)
      .replace(/\b(www)\./gi, `$1${JOINT}.`)
      .replace(/\b(GH)(?=-\d)/gi, `$1${JOINT}`)
      .replace(/\b(?=[0-9a-f]*\d)([0-9a-f]{6})([0-9a-f]{1,34})\b/gi, `$1${JOINT}$2`)
  );
}

/** The text as code, with a fence longer than any run of backticks in it. Safe outside tables. */
export function codeSpan(text: string): string {
  const line = oneLine(text);
  if (line.trim() === "") return "";
  const longest = Math.max(0, ...(line.match(/`+/g) ?? []).map((run) => run.length));
  const fence = "`".repeat(longest + 1);
  const padding = line.startsWith("`") || line.endsWith("`") ? " " : "";
  return `${fence}${padding}${line}${padding}${fence}`;
}

/** The text for a cell of a table: as `escapeMarkdown`, which also escapes the bar that ends a cell. */
export function tableCell(text: string): string {
  const escaped = escapeMarkdown(text);
  return escaped === "" ? " " : escaped;
}

/** Word joiner: invisible, takes no room, and ends what GitHub would take for a mention or a link. */
const JOINT = "\u2060";

/** Without line breaks, other control characters and the marks that reorder text. */
function oneLine(text: string): string {
  return (
    text
      .replace(/[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]/g, "")
      // oxlint-disable-next-line no-control-regex
      .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, " ")
      .trim()
  );
}

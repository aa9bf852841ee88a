import { visit } from "jsonc-parser";

/** A new value, as JSON text, for what stands at a path of a JSON text. */
export interface JsonEdit {
  readonly path: readonly string[];
  readonly value: string;
}

/**
 * Replaces values in a JSON text and leaves every other byte as it is. null when one of the paths is not there: nothing
 * is ever added.
 */
export function editJson(text: string, edits: readonly JsonEdit[]): string | null {
  const spans = valueSpans(
    text,
    edits.map(({ path }) => path),
  );
  const replacements = edits.map(({ path, value }) => ({ span: spans.get(JSON.stringify(path)), value }));
  let edited = text;
  for (const { span, value } of replacements.toSorted(
    (a, b) => (b.span?.start ?? 0) - (a.span?.start ?? 0),
  )) {
    if (span === undefined) return null;
    edited = `${edited.slice(0, span.start)}${value}${edited.slice(span.end)}`;
  }
  return edited;
}

/** One level of the text's own indentation; two spaces for a text on one line. */
export function indentOf(text: string): string {
  return /^[\s\uFEFF]*\{\r?\n([ \t]+)"/.exec(text)?.[1] ?? "  ";
}

interface Span {
  readonly start: number;
  readonly end: number;
}

/** Where the values at some paths stand, by the paths as JSON. The last of doubled keys counts, as for JSON.parse. */
function valueSpans(text: string, paths: readonly (readonly string[])[]): ReadonlyMap<string, Span> {
  const wanted = new Set(paths.map((path) => JSON.stringify(path)));
  const prefixes = new Set(
    paths.flatMap((path) => path.map((_, depth) => JSON.stringify(path.slice(0, depth)))),
  );
  const spans = new Map<string, Span>();
  const opened: { key: string; start: number }[] = [];
  const begin = (offset: number, path: () => readonly (string | number)[]): boolean => {
    const key = JSON.stringify(path());
    opened.push({ key, start: offset });
    // What leads to no wanted path is not looked into.
    return prefixes.has(key);
  };
  const end = (offset: number, length: number): void => {
    const begun = opened.pop();
    if (begun !== undefined && wanted.has(begun.key)) {
      spans.set(begun.key, { start: begun.start, end: offset + length });
    }
  };
  visit(text, {
    onObjectBegin: (offset, _length, _line, _character, path) => begin(offset, path),
    onArrayBegin: (offset, _length, _line, _character, path) => begin(offset, path),
    onObjectEnd: end,
    onArrayEnd: end,
    onLiteralValue: (_value, offset, length, _line, _character, path) => {
      const key = JSON.stringify(path());
      if (wanted.has(key)) spans.set(key, { start: offset, end: offset + length });
    },
  });
  return spans;
}

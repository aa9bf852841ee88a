/** Where something starts in a text. Both count from 1; columns are UTF-16 units. */
export interface TextPosition {
  readonly line: number;
  readonly column: number;
}

export const fileStart: TextPosition = { line: 1, column: 1 };

export function positionAt(text: string, offset: number): TextPosition {
  const before = text.slice(0, offset);
  return { line: before.split("\n").length, column: offset - before.lastIndexOf("\n") };
}

/**
 * Position of the key that `path` leads to in a JSON text, such as ["dependencies", "luxon"]; the deepest key that is
 * there when the path breaks off. Expects text that JSON.parse accepts.
 */
export function jsonKeyPosition(text: string, path: readonly string[]): TextPosition {
  const tokens = /"(?:[^"\\]|\\.)*"|[{}[\]:,]/g;
  let found = 0;
  let matched = 0;
  /** Keys of the open containers; null for arrays. */
  const open: (string | null)[] = [];
  let previous: { text: string; offset: number } | null = null;
  let key: string | null = null;
  for (let token = tokens.exec(text); token !== null; token = tokens.exec(text)) {
    const sign = token[0];
    if (sign === ":" && previous !== null) {
      key = String(JSON.parse(previous.text));
      const here = [...open.slice(1), key];
      if (here.length === matched + 1 && here.every((part, index) => part === path[index])) {
        found = previous.offset;
        matched += 1;
        if (matched === path.length) break;
      }
    } else if (sign === "{" || sign === "[") {
      open.push(key);
      key = sign === "[" ? null : key;
    } else if (sign === "}" || sign === "]") {
      open.pop();
      key = null;
    } else if (sign === ",") {
      key = null;
    }
    previous = { text: sign, offset: token.index };
  }
  return positionAt(text, found);
}

import type { LineCounter } from "yaml";

/** Both count from 1; a column counts UTF-16 code units, as editors do. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export type DocumentPath = readonly (string | number)[];

export const START: Position = { line: 1, column: 1 };

/** Where the members of one map or list are written: offsets in the text, in the order of `keys`. */
export interface Places {
  /** A list has none: its members go by index. */
  readonly keys: readonly string[];
  readonly keyAt: readonly number[];
  readonly valueAt: readonly number[];
}

/**
 * One read document: its plain value, and where each part of it is written. It keeps offsets only: the library's
 * nodes weigh a hundred times as much, and many documents are checked together.
 */
export class LocatedDocument {
  readonly value: unknown;
  readonly #rootAt: number;
  readonly #places: ReadonlyMap<unknown, Places>;
  readonly #lines: LineCounter;
  readonly #text: string;

  /** `places` has the places of every map and list in `value`. */
  constructor(
    value: unknown,
    rootAt: number,
    places: ReadonlyMap<unknown, Places>,
    lines: LineCounter,
    text: string,
  ) {
    this.value = value;
    this.#rootAt = rootAt;
    this.#places = places;
    this.#lines = lines;
    this.#text = text;
  }

  /** Where the value at `path` is written; where a part of the path is missing, the nearest value around it. */
  at(path: DocumentPath): Position {
    return this.#position(this.#walk(path).offset);
  }

  /** Where the last key of `path` is written. */
  atKey(path: DocumentPath): Position {
    const parent = this.#walk(path.slice(0, -1));
    const places = this.#places.get(parent.value);
    const index = places?.keys.indexOf(String(path.at(-1))) ?? -1;
    return this.#position(places?.keyAt[index] ?? parent.offset);
  }

  /** The text of the plain scalar at `path` as it is written; null when it is not a number, true or false. */
  source(path: DocumentPath): string | null {
    const { value, offset } = this.#walk(path);
    if (typeof value !== "number" && typeof value !== "boolean") return null;
    return /^[^\s,\]}#]+/.exec(this.#text.slice(offset, offset + 100))?.[0] ?? null;
  }

  #walk(path: DocumentPath): { value: unknown; offset: number } {
    let { value, offset } = { value: this.value, offset: this.#rootAt };
    for (const step of path) {
      const places = this.#places.get(value);
      const index = Array.isArray(value) ? Number(step) : (places?.keys.indexOf(String(step)) ?? -1);
      const found = places?.valueAt[index];
      if (found === undefined) break;
      offset = found;
      value = memberOf(value, step);
    }
    return { value, offset };
  }

  #position(offset: number): Position {
    const { line, col } = this.#lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  }
}

function memberOf(value: unknown, step: string | number): unknown {
  if (Array.isArray(value)) return value[Number(step)];
  if (typeof value !== "object" || value === null) return undefined;
  return Object.getOwnPropertyDescriptor(value, String(step))?.value;
}

import type { FlatHeaders, HeaderPairs } from "./messages.ts";

/**
 * Reads the flat text in which host and sandbox talk: lines that end with a line feed, and runs of a length given
 * before. Much cheaper than JSON, which has to look at every character. Past the end it reads empty text and NaN.
 */
export class FlatReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Characters not read yet. */
  get left(): number {
    return this.#text.length - this.#at;
  }

  /** Up to the next line feed, which is passed over. */
  line(): string {
    const end = this.#text.indexOf("\n", this.#at);
    if (end === -1) return this.run(this.left);
    const line = this.#text.slice(this.#at, end);
    this.#at = end + 1;
    return line;
  }

  /** A line that holds a whole number; NaN when it holds anything else. */
  count(): number {
    const line = this.line();
    const value = line === "" ? Number.NaN : Number(line);
    return Number.isSafeInteger(value) && value >= 0 ? value : Number.NaN;
  }

  /** The next `length` characters. */
  run(length: number): string {
    const run = this.#text.slice(this.#at, this.#at + length);
    this.#at += run.length;
    return run;
  }
}

export function readFlatHeaders(flat: FlatHeaders): HeaderPairs {
  const reader = new FlatReader(flat);
  const pairs: [string, string][] = [];
  while (reader.left > 0) pairs[pairs.length] = [reader.line(), reader.line()];
  return pairs;
}

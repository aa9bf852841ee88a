import { closeSync, openSync, renameSync, fstatSync, writeSync } from "node:fs";

const BYTES_MAX = 2 * 1024 * 1024;
const TAIL_LINES_MAX = 12;
const TAIL_LINE_CHARS_MAX = 400;

/** A part's output on disk, at most twice `bytesMax`: the file itself and the one before it, `<path>.1`. */
export class LogFile {
  readonly path: string;
  readonly #bytesMax: number;
  #descriptor: number;
  #bytes: number;
  #tail: string[] = [];

  constructor(path: string, bytesMax: number = BYTES_MAX) {
    this.path = path;
    this.#bytesMax = bytesMax;
    this.#descriptor = openSync(path, "a", 0o600);
    this.#bytes = fstatSync(this.#descriptor).size;
  }

  /** Writes at once, so that the last words of a process that dies are there to read. */
  writeLine(line: string): void {
    this.#tail.push(line.slice(0, TAIL_LINE_CHARS_MAX));
    if (this.#tail.length > TAIL_LINES_MAX) this.#tail.shift();
    if (this.#bytes > this.#bytesMax) this.#rotate();
    this.#bytes += writeSync(this.#descriptor, `${line}\n`);
  }

  /** The last lines of this run, oldest first. */
  tail(): readonly string[] {
    return this.#tail;
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #rotate(): void {
    closeSync(this.#descriptor);
    renameSync(this.path, `${this.path}.1`);
    this.#descriptor = openSync(this.path, "a", 0o600);
    this.#bytes = 0;
  }
}

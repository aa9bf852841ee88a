import { write } from "node:fs";

const LINES_MAX = 2000;

/**
 * Lines to a file descriptor, one write at a time. A reader that does not read costs lines, which are counted, and
 * never holds the process up: writing to a full pipe would.
 */
export class BoundedOutput {
  readonly #descriptor: number;
  #lines: string[] = [];
  #dropped = 0;
  #isWriting = false;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  /** Whether everything was handed over. */
  get isIdle(): boolean {
    return !this.#isWriting && this.#lines.length === 0;
  }

  line(text: string): void {
    if (this.#lines.length >= LINES_MAX) {
      this.#dropped += 1;
      return;
    }
    this.#lines.push(text);
    if (!this.#isWriting) this.#writeNext();
  }

  #writeNext(): void {
    if (this.#dropped > 0) this.#lines.push(`(${this.#dropped} lines were left out)`);
    this.#dropped = 0;
    const text = this.#lines.map((line) => `${line}\n`).join("");
    this.#lines = [];
    this.#isWriting = true;
    this.#write(Buffer.from(text));
  }

  #write(bytes: Buffer): void {
    write(this.#descriptor, bytes, (error, count) => {
      // A pipe that is full for the moment is tried again; one that nobody will ever read again is let go.
      if (error?.code === "EAGAIN") setTimeout(() => this.#write(bytes), 20).unref();
      else if (error === null && count < bytes.length) this.#write(bytes.subarray(count));
      else {
        this.#isWriting = false;
        if (this.#lines.length > 0) this.#writeNext();
      }
    });
  }
}

const HEAD_END = "\r\n\r\n";
const EMPTY = Buffer.alloc(0);

/**
 * Counts the bytes of a connection, to tell whether a request has been read to its end and nothing beyond it. Once that
 * cannot be told it is never told again.
 */
export class MessageBoundary {
  /** Since the last boundary. */
  #received = 0;
  #headBytes: number | null = null;
  /** The last bytes, as long as the head's end may lie across two chunks. */
  #tail: Buffer = EMPTY;
  #isLost = false;

  read(chunk: Buffer): void {
    if (this.#isLost) return;
    if (this.#headBytes === null) this.#findHead(chunk);
    this.#received += chunk.length;
  }

  /** To be called when a request was read and answered. `bodyBytes` is null for a body that does not say its length. */
  isAtEndOf(bodyBytes: number | null): boolean {
    const isExact = bodyBytes !== null && this.#received === (this.#headBytes ?? NaN) + bodyBytes;
    if (!isExact) this.#isLost = true;
    this.#received = 0;
    this.#headBytes = null;
    this.#tail = EMPTY;
    return isExact && !this.#isLost;
  }

  #findHead(chunk: Buffer): void {
    const joined = this.#tail.length === 0 ? chunk : Buffer.concat([this.#tail, chunk]);
    const at = joined.indexOf(HEAD_END);
    if (at === -1) this.#tail = joined.subarray(-(HEAD_END.length - 1));
    else this.#headBytes = this.#received - this.#tail.length + at + HEAD_END.length;
  }
}

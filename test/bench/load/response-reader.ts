/** One complete answer. */
export interface ReadResponse {
  readonly status: number;
  readonly body: string;
  readonly keepsAlive: boolean;
}

const HEAD_END = "\r\n\r\n";
const LAST_CHUNK = "0\r\n\r\n";

/** Cuts the bytes of one keep-alive connection without pipelining into answers. */
export class ResponseReader {
  #kept: Buffer | null = null;

  /** The answer when these bytes complete it. `chunk` may be used again by its owner afterwards. */
  push(chunk: Buffer): ReadResponse | null {
    const bytes = this.#kept === null ? chunk : Buffer.concat([this.#kept, chunk]);
    const response = parse(bytes);
    // A copy is made only for what is incomplete, which is rare.
    if (response !== null) this.#kept = null;
    else this.#kept = this.#kept === null ? Buffer.from(chunk) : bytes;
    return response;
  }
}

function parse(bytes: Buffer): ReadResponse | null {
  const headEnd = bytes.indexOf(HEAD_END);
  if (headEnd === -1) return null;
  const head = bytes.toString("latin1", 0, headEnd);
  const bodyAt = headEnd + HEAD_END.length;
  const status = Number(head.slice(9, 12));
  const keepsAlive = !/\r\nconnection: *close/i.test(head);
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  if (length !== undefined) {
    const end = bodyAt + Number(length);
    return bytes.length < end ? null : { status, body: bytes.toString("latin1", bodyAt, end), keepsAlive };
  }
  if (!/\r\ntransfer-encoding: *chunked/i.test(head)) return { status, body: "", keepsAlive };
  const chunked = bytes.toString("latin1", bodyAt);
  return chunked.endsWith(LAST_CHUNK) ? { status, body: unchunk(chunked), keepsAlive } : null;
}

function unchunk(text: string): string {
  let body = "";
  let at = 0;
  for (;;) {
    const lineEnd = text.indexOf("\r\n", at);
    const size = Number.parseInt(text.slice(at, lineEnd), 16);
    if (lineEnd === -1 || !(size > 0)) return body;
    body += text.slice(lineEnd + 2, lineEnd + 2 + size);
    at = lineEnd + 2 + size + 2;
  }
}

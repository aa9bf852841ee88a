import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { CONNECTION } from "../ledger-format.ts";
import type { WireBody } from "../sandbox/messages.ts";
import { dateHeader } from "./date-header.ts";
import type { Exchange, Reply, RequestHead } from "./exchange.ts";
import type { Ledger } from "./ledger.ts";
import { readyToWrite, type ReplyQueue, type Writable } from "./reply-queue.ts";
import { parseSimpleHead } from "./request-head.ts";
import { readIntoSharedBuffer } from "./shared-read-buffer.ts";

const HEAD_LENGTH_MAX = 16 * 1024;
// What comes while an answer is under way waits, within bounds, for its turn.
const EARLY_BYTES_MAX = 64 * 1024;
const NO_BODY: WireBody = { kind: "none" };
const TARGET = /^\/[!-~]*$/;
const VERSION = " HTTP/1.1";

export interface FastConnectionDeps {
  readonly ledger: Ledger;
  readonly replies: ReplyQueue;
  readonly nowMs: () => number;
  readonly onRequest: (exchange: Exchange) => void;
  /** Gives the connection to the full HTTP server, with what was read of it. */
  readonly onNotSimple: (connection: FastConnection, socket: Socket, read: readonly Buffer[]) => void;
  readonly onClosed: (connection: FastConnection) => void;
  readonly isDraining: () => boolean;
}

/**
 * A connection as long as its requests are simple: GET or HEAD without a body, one at a time, each in one piece. That
 * is nearly all traffic, and takes a third of the work of a full parser. At the first request that is anything else
 * the connection goes to Node's HTTP server for good, with every byte that was not answered.
 */
export class FastConnection implements Writable {
  readonly slot: number;
  readonly #socket: Socket;
  readonly #deps: FastConnectionDeps;
  #isOwed = false;
  #isEnding = false;
  #hasLeft = false;
  #early: Buffer[] = [];
  #earlyBytes = 0;
  #reply: Reply | null = null;
  isLong = false;
  #method = "GET";
  #lastBlock = "";
  #lastHead: RequestHead | null = null;
  #activeMs: number;

  constructor(given: Socket, slot: number, deps: FastConnectionDeps) {
    this.slot = slot;
    const socket = readIntoSharedBuffer(given, this.#onBytes);
    this.#socket = socket;
    this.#deps = deps;
    this.#activeMs = deps.nowMs();
    deps.ledger.setConnection(slot, CONNECTION.idle);
    socket.setNoDelay(true);
    socket.on("end", this.#onEnd);
    socket.on("error", this.#onError);
    socket.on("close", this.#onClose);
  }

  /** Closes when nothing is owed on it. */
  closeIfIdle(idleSinceMs: number): void {
    if (!this.#isOwed && this.#activeMs <= idleSinceMs) this.#socket.end();
  }

  get remoteAddress(): string | undefined {
    return this.#socket.remoteAddress;
  }

  answer(reply: Reply): void {
    if (!this.#isOwed || this.#reply !== null) return;
    const ready = readyToWrite(reply);
    this.#reply = ready.reply;
    this.isLong = ready.isLong;
    this.#deps.replies.add(this);
  }

  begin(): void {
    this.#deps.ledger.setConnection(this.slot, CONNECTION.answering);
  }

  write(): void {
    const reply = this.#reply;
    this.#reply = null;
    this.#isOwed = false;
    this.#activeMs = this.#deps.nowMs();
    if (reply === null || this.#socket.destroyed) return;
    const isLast = this.#early.length === 0 && (this.#isEnding || this.#deps.isDraining());
    writeReply(this.#socket, this.#method, reply, isLast, this.#activeMs);
    if (isLast) {
      this.#socket.end();
      return;
    }
    if (this.#socket.writableLength === 0) this.#settle();
    else {
      this.begin();
      this.#socket.once("drain", this.#settleLate);
    }
  }

  /** As `#settle`, outside of a tick: nobody else puts it on record. */
  readonly #settleLate = (): void => {
    this.#settle();
    this.#deps.ledger.endReplies();
  };

  readonly #settle = (): void => {
    const early = this.#early;
    if (early.length === 0) {
      this.#deps.ledger.setConnection(this.slot, CONNECTION.idle);
      return;
    }
    this.#early = [];
    this.#earlyBytes = 0;
    this.#leave(early);
  };

  readonly #onBytes = (length: number, buffer: Buffer): boolean => {
    // Someone else reads the stream now.
    if (this.#hasLeft) return this.#socket.push(copyOf(buffer, length));
    this.#deps.ledger.noteRead();
    if (this.#isOwed || this.#socket.writableLength > 0) {
      this.#early.push(copyOf(buffer, length));
      this.#earlyBytes += length;
      if (this.#earlyBytes > EARLY_BYTES_MAX) this.#socket.destroy();
      return true;
    }
    const exchange = length > HEAD_LENGTH_MAX ? null : this.#read(buffer.toString("latin1", 0, length));
    if (exchange === null) {
      this.#leave([copyOf(buffer, length)]);
      return true;
    }
    this.#isOwed = true;
    this.#deps.ledger.setConnection(this.slot, CONNECTION.owed);
    this.#deps.onRequest(exchange);
    return true;
  };

  #read(text: string): Exchange | null {
    const method = text.startsWith("GET ") ? "GET " : text.startsWith("HEAD ") ? "HEAD " : null;
    if (method === null) return null;
    const lineEnd = text.indexOf("\r\n");
    const targetEnd = lineEnd - VERSION.length;
    if (targetEnd < method.length || !text.startsWith(VERSION, targetEnd)) return null;
    const target = text.slice(method.length, targetEnd);
    // Clients that keep a connection mostly send the same headers again.
    const block = text.slice(lineEnd + 2);
    if (block !== this.#lastBlock || this.#lastHead === null) {
      // One request and nothing after it: the block ends with the empty line and has no other.
      if (!block.endsWith("\r\n\r\n")) return null;
      this.#lastHead = parseSimpleHead(block.slice(0, -2));
      this.#lastBlock = block;
    }
    if (this.#lastHead === null || !TARGET.test(target)) return null;
    this.#method = method === "GET " ? "GET" : "HEAD";
    return new FastExchange(this, this.#method, target, this.#lastHead);
  }

  #leave(read: readonly Buffer[]): void {
    const socket = this.#socket;
    this.#hasLeft = true;
    socket.off("end", this.#onEnd);
    socket.off("error", this.#onError);
    socket.off("close", this.#onClose);
    this.#deps.ledger.setConnection(this.slot, CONNECTION.unclear);
    this.#deps.onNotSimple(this, socket, read);
  }

  readonly #onEnd = (): void => {
    // The client has said all; what it is owed it still gets.
    this.#isEnding = true;
    if (!this.#isOwed) this.#socket.end();
  };

  readonly #onError = (): void => {
    this.#socket.destroy();
  };

  readonly #onClose = (): void => {
    this.#deps.onClosed(this);
  };
}

function copyOf(buffer: Buffer, length: number): Buffer {
  return Buffer.from(buffer.subarray(0, length));
}

class FastExchange implements Exchange {
  readonly method: string;
  readonly target: string;
  readonly head: RequestHead;
  readonly body = NO_BODY;
  readonly #connection: FastConnection;

  constructor(connection: FastConnection, method: string, target: string, head: RequestHead) {
    this.#connection = connection;
    this.method = method;
    this.target = target;
    this.head = head;
  }

  get remoteAddress(): string | undefined {
    return this.#connection.remoteAddress;
  }

  reply(reply: Reply): void {
    this.#connection.answer(reply);
  }
}

function writeReply(socket: Socket, method: string, reply: Reply, isLast: boolean, nowMs: number): void {
  const { status, body } = reply;
  const isBodyless = status === 204 || status === 304;
  const length = typeof body === "string" ? Buffer.byteLength(body) : body.length;
  const head =
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? "Unknown"}\r\n${reply.headers.text}x-request-id: ${reply.requestId}\r\n` +
    `${dateHeader(nowMs)}${isLast ? "connection: close\r\n" : ""}` +
    (isBodyless ? "\r\n" : `content-length: ${length}\r\n\r\n`);
  if (method === "HEAD" || isBodyless || length === 0) socket.write(head, "latin1");
  // Text of one byte a character goes out in one piece with the head.
  else if (typeof body === "string" && length === body.length) socket.write(head + body, "latin1");
  else {
    socket.cork();
    socket.write(head, "latin1");
    socket.write(body);
    socket.uncork();
  }
}

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { readBody } from "../gateway/read-body.ts";
import { bufferToWireBody } from "../isolates/wire-body.ts";
import { CONNECTION } from "../ledger-format.ts";
import type { WireBody } from "../sandbox/messages.ts";
import type { Exchange, Reply, RequestHead } from "./exchange.ts";
import type { Ledger } from "./ledger.ts";
import { MessageBoundary } from "./message-boundary.ts";
import { readyToWrite, type ReplyQueue, type Writable } from "./reply-queue.ts";
import { FlatHead } from "./request-head.ts";

const REQUEST_BYTES_MAX = 8 * 1024 * 1024;
const HTTP_LIMITS = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  // Longer than a balancer keeps its side open, so that it does not send on a connection that is just closing.
  keepAliveTimeout: 65_000,
};
const HEADER_VALUE = /^[\t\u0020-\u007e\u0080-\u00ff]*$/;
const CRLF = /[\r\n]/;

/** A connection that the server has taken over. */
interface Adopted {
  readonly slot: number;
  readonly boundary: MessageBoundary;
  /** A request of it has no answer yet. */
  isOwed: boolean;
}

export interface HttpFallbackDeps {
  readonly ledger: Ledger;
  readonly replies: ReplyQueue;
  readonly onRequest: (exchange: Exchange) => void;
  /** The body was too large to be read. */
  readonly onTooLarge: (exchange: Exchange) => void;
  readonly onClosed: (slot: number) => void;
  readonly isDraining: () => boolean;
}

/** Node's own HTTP server, for connections on which something came that is not simple. */
export class HttpFallback {
  readonly #server: Server;
  readonly #deps: HttpFallbackDeps;
  readonly #adopted = new WeakMap<Socket, Adopted>();

  constructor(deps: HttpFallbackDeps) {
    this.#deps = deps;
    this.#server = createServer(HTTP_LIMITS, (message, response) => {
      void this.#serve(message, response).catch(() => {
        response.destroy();
      });
    });
    // It never listens itself; this starts its watch over slow and idle connections.
    this.#server.emit("listening");
  }

  adopt(socket: Socket, slot: number, read: readonly Buffer[]): void {
    const adopted: Adopted = { slot, boundary: new MessageBoundary(), isOwed: false };
    this.#adopted.set(socket, adopted);
    socket.on("close", () => {
      this.#deps.onClosed(slot);
    });
    socket.pause();
    socket.unshift(Buffer.concat(read));
    this.#server.emit("connection", socket);
    socket.prependListener("data", () => {
      this.#deps.ledger.noteRead();
    });
    // With a listener that was added by `on`, Node's parser does not read the socket past this process's back.
    socket.on("data", (chunk: Buffer) => {
      adopted.boundary.read(chunk);
      if (!adopted.isOwed) this.#deps.ledger.setConnection(slot, CONNECTION.unclear);
    });
    socket.resume();
  }

  closeIdle(): void {
    this.#server.closeIdleConnections();
  }

  closeAll(): void {
    this.#server.closeAllConnections();
  }

  async #serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const adopted = this.#adopted.get(message.socket);
    if (adopted === undefined) throw new Error("a request on a connection that was not adopted");
    adopted.isOwed = true;
    this.#deps.ledger.setConnection(adopted.slot, CONNECTION.owed);
    const body = await readBody(message, REQUEST_BYTES_MAX);
    switch (body.kind) {
      case "broken":
        response.destroy();
        return;
      case "tooLarge":
        response.setHeader("connection", "close");
        this.#deps.onTooLarge(this.#exchange(message, response, adopted, { kind: "none" }));
        return;
      case "read":
        this.#deps.onRequest(this.#exchange(message, response, adopted, bufferToWireBody(body.bytes)));
    }
  }

  #exchange(message: IncomingMessage, response: ServerResponse, adopted: Adopted, body: WireBody): Exchange {
    return {
      method: message.method ?? "GET",
      target: message.url ?? "",
      head: headOf(message),
      body,
      remoteAddress: message.socket.remoteAddress,
      reply: (reply) => {
        this.#deps.replies.add(this.#writable(message, response, adopted, reply));
      },
    };
  }

  #writable(message: IncomingMessage, response: ServerResponse, adopted: Adopted, given: Reply): Writable {
    const { ledger } = this.#deps;
    const { reply, isLong } = readyToWrite(given);
    const { slot, boundary } = adopted;
    return {
      isLong,
      begin: () => {
        ledger.setConnection(slot, CONNECTION.answering);
      },
      write: () => {
        if (response.destroyed) return;
        const { status, body } = reply;
        const isBodyless = status === 204 || status === 304;
        response.on("finish", () => {
          adopted.isOwed = false;
          const isIdle = boundary.isAtEndOf(bodyBytesOf(message));
          ledger.setConnection(slot, isIdle ? CONNECTION.idle : CONNECTION.unclear);
          ledger.endReplies();
        });
        const raw = [...reply.headers.raw, "x-request-id", reply.requestId];
        if (!isBodyless) raw.push("content-length", String(Buffer.byteLength(body)));
        if (this.#deps.isDraining() || response.hasHeader("connection")) raw.push("connection", "close");
        response.writeHead(status, raw);
        response.end(message.method === "HEAD" || isBodyless ? undefined : body);
        // Node would write in the next tick; what is on record as begun has to be.
        message.socket.uncork();
        if (message.socket.writableLength > 0) ledger.setConnection(slot, CONNECTION.answering);
      },
    };
  }
}

/** Null when the request does not say it. */
function bodyBytesOf({ headers, complete }: IncomingMessage): number | null {
  if (!complete || headers["transfer-encoding"] !== undefined) return null;
  return Number(headers["content-length"] ?? 0);
}

function headOf(message: IncomingMessage): RequestHead {
  let flat = "";
  for (const [name, values] of Object.entries(message.headersDistinct)) {
    if (CRLF.test(name)) continue;
    for (const value of values ?? []) if (HEADER_VALUE.test(value)) flat += `${name}\n${value}\n`;
  }
  return new FlatHead(flat, message.headers.host ?? "");
}

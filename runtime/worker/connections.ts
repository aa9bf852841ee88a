import type { Socket } from "node:net";
import type { Gateway } from "../gateway/gateway.ts";
import { FastConnection, type FastConnectionDeps } from "./fast-connection.ts";
import { HttpFallback } from "./http-fallback.ts";
import type { Ledger } from "./ledger.ts";
import type { ReplyQueue } from "./reply-queue.ts";

// Longer than a balancer keeps its side open, so that it does not send on a connection that is just closing.
const IDLE_MS_MAX = 65_000;
const SWEEP_EVERY_MS = 5000;
const CLOSED_TOLD_AFTER_MS = 5;

export interface ConnectionsDeps {
  readonly ledger: Ledger;
  readonly replies: ReplyQueue;
  readonly gateway: Gateway;
  readonly nowMs: () => number;
  readonly isDraining: () => boolean;
  /** The agent may let go of its end of these. */
  readonly onClosed: (slots: readonly number[]) => void;
}

/** All connections of this worker. */
export class Connections {
  readonly #deps: ConnectionsDeps;
  readonly #fastDeps: FastConnectionDeps;
  readonly #fallback: HttpFallback;
  readonly #fast = new Set<FastConnection>();
  #open = 0;
  #closed: number[] = [];
  #drained: (() => void) | null = null;

  constructor(deps: ConnectionsDeps) {
    this.#deps = deps;
    const { ledger, replies, gateway, nowMs, isDraining } = deps;
    this.#fallback = new HttpFallback({
      ledger,
      replies,
      isDraining,
      onRequest: (exchange) => {
        gateway.handle(exchange);
      },
      onTooLarge: (exchange) => {
        gateway.refuseTooLarge(exchange);
      },
      onClosed: (slot) => {
        this.#forget(slot);
      },
    });
    this.#fastDeps = {
      ledger,
      replies,
      nowMs,
      isDraining,
      onRequest: (exchange) => {
        gateway.handle(exchange);
      },
      onNotSimple: (connection, socket, read) => {
        this.#fast.delete(connection);
        this.#fallback.adopt(socket, connection.slot, read);
      },
      onClosed: (connection) => {
        this.#fast.delete(connection);
        this.#forget(connection.slot);
      },
    };
    setInterval(() => {
      this.#sweep(IDLE_MS_MAX);
    }, SWEEP_EVERY_MS).unref();
  }

  adopt(socket: Socket, slot: number): void {
    this.#open += 1;
    // The client may close its side while it waits for the answer.
    socket.allowHalfOpen = true;
    this.#fast.add(new FastConnection(socket, slot, this.#fastDeps));
  }

  /** Closes what is idle, and settles when all connections are closed. */
  async drain(): Promise<void> {
    this.#sweep(0);
    this.#fallback.closeIdle();
    if (this.#open === 0) return;
    await new Promise<void>((resolve) => {
      this.#drained = resolve;
    });
  }

  #sweep(idleMs: number): void {
    const idleSinceMs = this.#deps.nowMs() - idleMs;
    for (const connection of this.#fast) connection.closeIfIdle(idleSinceMs);
  }

  #forget(slot: number): void {
    this.#open -= 1;
    this.#deps.ledger.free(slot);
    // Many close at once when a client goes, and a message each would cost more than their requests.
    if (this.#closed.push(slot) === 1) {
      setTimeout(() => {
        this.#deps.onClosed(this.#closed);
        this.#closed = [];
      }, CLOSED_TOLD_AFTER_MS);
    }
    if (this.#open === 0) this.#drained?.();
  }
}

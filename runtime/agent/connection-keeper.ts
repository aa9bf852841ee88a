import { randomUUID } from "node:crypto";
import { createServer, type Server, type Socket } from "node:net";
import { gatewayError, type GatewayErrorCode } from "../gateway/gateway-error.ts";
import { connectionFate, SLOTS_MAX } from "../ledger-format.ts";
import type { WorkerDeath, WorkerProcess } from "./worker-process.ts";

// Connections that wait for a worker, and how long: a worker is there in half a second, on a machine that has lost all of
// its workers at once in a few.
const WAITING_MAX = 4096;
const WAITING_MS_MAX = 10_000;
// A client that still sends must not lose the answer to a reset.
const LINGER_MS = 1000;

interface Share {
  readonly sockets: Map<number, Socket>;
  readonly freeSlots: number[];
  nextSlot: number;
}

/**
 * Accepts the connections of a node, hands each to a worker, and keeps its own end, so that the death of a worker is
 * not the end of its connections.
 */
export class ConnectionKeeper {
  readonly server: Server;
  readonly #shares = new Map<WorkerProcess, Share>();
  readonly #waiting = new Map<Socket, NodeJS.Timeout>();

  constructor() {
    // What the client sends stays unread here, for the worker to read.
    this.server = createServer({ pauseOnConnect: true, allowHalfOpen: true }, (socket) => {
      socket.on("error", () => {
        socket.destroy();
      });
      this.#place(socket);
    });
  }

  /** This worker takes connections from now on. */
  addWorker(worker: WorkerProcess): void {
    this.#shares.set(worker, { sockets: new Map(), freeSlots: [], nextSlot: 0 });
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const [socket, timer] of waiting) {
      clearTimeout(timer);
      this.#place(socket);
    }
  }

  /** The worker has closed these; the client sees it when this end is closed too. */
  onClosed(worker: WorkerProcess, slots: readonly number[]): void {
    const share = this.#shares.get(worker);
    if (share === undefined) return;
    for (const slot of slots) {
      const socket = share.sockets.get(slot);
      if (socket === undefined) continue;
      share.sockets.delete(slot);
      share.freeSlots.push(slot);
      socket.destroy();
    }
  }

  /** Gives what a dead worker's connections are owed, and places those that owe nothing anew. */
  onDeath(worker: WorkerProcess, { phase, connectionStates }: WorkerDeath): void {
    const share = this.#shares.get(worker);
    if (share === undefined) return;
    this.#shares.delete(worker);
    for (const [slot, socket] of share.sockets) {
      switch (connectionFate(phase, connectionStates[slot] ?? 0)) {
        case "close":
          socket.destroy();
          break;
        case "refuse":
          refuse(socket, "worker_restarted");
          break;
        case "handOver":
          this.#place(socket);
      }
    }
  }

  /** Takes no further connection; those that wait for a worker are refused. */
  stop(): void {
    this.server.close();
    for (const [socket, timer] of this.#waiting) {
      clearTimeout(timer);
      refuse(socket, "draining");
    }
    this.#waiting.clear();
  }

  destroyAll(): void {
    for (const { sockets } of this.#shares.values()) for (const socket of sockets.values()) socket.destroy();
  }

  #place(socket: Socket): void {
    let best: [WorkerProcess, Share] | null = null;
    for (const [worker, share] of this.#shares) {
      if (best === null || isBetter(worker, share, ...best)) best = [worker, share];
    }
    if (best === null) {
      this.#wait(socket);
      return;
    }
    const [worker, share] = best;
    const slot = share.freeSlots.pop() ?? share.nextSlot;
    if (slot >= SLOTS_MAX) {
      refuse(socket, "overloaded");
      return;
    }
    share.nextSlot = Math.max(share.nextSlot, slot + 1);
    share.sockets.set(slot, socket);
    worker.sendConnection(slot, socket);
  }

  #wait(socket: Socket): void {
    if (this.#waiting.size >= WAITING_MAX) {
      refuse(socket, "not_ready");
      return;
    }
    const timer = setTimeout(() => {
      this.#waiting.delete(socket);
      refuse(socket, "not_ready");
    }, WAITING_MS_MAX);
    this.#waiting.set(socket, timer);
  }
}

/** One that may hang gets no connection as long as there is another; of the rest, the one with the fewest. */
function isBetter(worker: WorkerProcess, share: Share, best: WorkerProcess, bestShare: Share): boolean {
  if (worker.isSilent !== best.isSilent) return best.isSilent;
  return share.sockets.size < bestShare.sockets.size;
}

function refuse(socket: Socket, code: GatewayErrorCode): void {
  if (socket.destroyed) return;
  const requestId = randomUUID();
  const { status, headers, body } = gatewayError(code, null, requestId);
  const lines = headers.split("\n");
  let head = `HTTP/1.1 ${status} Service Unavailable\r\n`;
  for (let at = 0; at + 1 < lines.length; at += 2) head += `${lines[at]}: ${lines[at + 1]}\r\n`;
  head += `x-request-id: ${requestId}\r\nconnection: close\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n`;
  socket.end(head + body);
  socket.resume();
  setTimeout(() => {
    socket.destroy();
  }, LINGER_MS).unref();
}

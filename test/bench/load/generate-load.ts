import { connect, type Socket } from "node:net";
import { Histogram } from "./histogram.ts";
import type { LoadOrder, LoadResult, LoadTarget } from "./messages.ts";
import { ResponseReader } from "./response-reader.ts";

const READ_BUFFER_BYTES = 64 * 1024;
const EXAMPLES_MAX = 5;
// A server that answers nothing ends the run as a failure instead of holding it.
const LAST_ANSWER_MS_MAX = 10_000;
// A refused connection is tried again only after a while, or a dead server would look like a million failures.
const RECONNECT_MS = 50;

interface PreparedTarget extends LoadTarget {
  readonly bytes: Buffer;
}

/**
 * A closed loop: each connection sends the next request when the last is answered, until the time is up; answers that
 * are still out then are waited for. Raw sockets, because a client library would cost more than the server measured.
 */
export async function generateLoad(order: LoadOrder, finish: AbortSignal): Promise<LoadResult> {
  const run = new Run(order);
  const startedMs = performance.now();
  const cpuBefore = process.cpuUsage();
  let cut: NodeJS.Timeout | undefined;
  const end = (): void => {
    run.stop();
    cut ??= setTimeout(() => {
      run.cut();
    }, LAST_ANSWER_MS_MAX);
  };
  const stop = setTimeout(end, order.durationMs);
  finish.addEventListener("abort", end, { once: true });
  await Promise.all(Array.from({ length: order.connections }, async () => run.connection()));
  clearTimeout(stop);
  clearTimeout(cut);
  const elapsedMs = performance.now() - startedMs;
  const cpu = process.cpuUsage(cpuBefore);
  return {
    requests: run.requests,
    requestsPerSecond: (run.requests * 1000) / elapsedMs,
    failures: run.failures,
    examples: run.examples,
    p50Us: run.latencies.quantileUs(0.5),
    p99Us: run.latencies.quantileUs(0.99),
    generatorCpuShare: (cpu.user + cpu.system) / 1000 / elapsedMs,
  };
}

class Run {
  requests = 0;
  failures = 0;
  readonly examples: string[] = [];
  readonly latencies = new Histogram();
  readonly #order: LoadOrder;
  readonly #targets: readonly PreparedTarget[];
  readonly #sockets = new Set<Socket>();
  #isStopping = false;

  constructor(order: LoadOrder) {
    this.#order = order;
    this.#targets = order.targets.map((target) => ({
      ...target,
      bytes: Buffer.from(`GET ${target.path} HTTP/1.1\r\nhost: ${order.host}:${order.port}\r\n\r\n`),
    }));
  }

  stop(): void {
    this.#isStopping = true;
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** One connection's share of the load; opened again whenever the server closes it. */
  async connection(): Promise<void> {
    while (!this.#isStopping) {
      const end = await this.#session();
      if (end === "broken") await new Promise((resolve) => setTimeout(resolve, RECONNECT_MS));
    }
  }

  async #session(): Promise<"ended" | "broken"> {
    return new Promise((resolve) => {
      const reader = new ResponseReader();
      let target = this.#pick();
      let sentMs = 0;
      let isWaiting = false;
      const next = (): void => {
        target = this.#pick();
        isWaiting = true;
        sentMs = performance.now();
        socket.write(target.bytes);
      };
      const receive = (bytes: Buffer): void => {
        const response = reader.push(bytes);
        if (response === null) return;
        isWaiting = false;
        this.latencies.record((performance.now() - sentMs) * 1000);
        this.requests += 1;
        const isRight = response.status === 200 && (target.body === null || response.body === target.body);
        if (!isRight) this.#fail(`${target.path}: ${response.status} ${response.body.slice(0, 200)}`);
        if (this.#isStopping || !response.keepsAlive) socket.end();
        else next();
      };
      const socket = connect({
        host: this.#order.host,
        port: this.#order.port,
        noDelay: true,
        onread: {
          buffer: Buffer.allocUnsafe(READ_BUFFER_BYTES),
          callback: (length, buffer) => {
            receive(Buffer.from(buffer.buffer, buffer.byteOffset, length));
            return true;
          },
        },
      });
      this.#sockets.add(socket);
      socket.on("connect", next);
      socket.on("error", () => {});
      socket.on("close", () => {
        this.#sockets.delete(socket);
        const isBroken = isWaiting || sentMs === 0;
        if (isBroken) this.#fail(`${target.path}: the connection closed before the answer was complete`);
        resolve(isBroken ? "broken" : "ended");
      });
    });
  }

  #pick(): PreparedTarget {
    const target = this.#targets[Math.floor(Math.random() * this.#targets.length)];
    if (target === undefined) throw new Error("a load without targets");
    return target;
  }

  #fail(text: string): void {
    this.failures += 1;
    if (this.examples.length < EXAMPLES_MAX) this.examples.push(text);
  }
}

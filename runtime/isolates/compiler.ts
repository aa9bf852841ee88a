import { spawn, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { CompileAnswer, CompileOrder } from "./compiler-process.ts";

const ENTRY = fileURLToPath(new URL("compiler-process.ts", import.meta.url));
const COMPILE_MS_MAX = 10_000;
const IDLE_MS_MAX = 1000;
// What a source might do to the parser's memory shall not stay for long.
const COMPILES_PER_PROCESS = 100;
const WAITING_MAX = 1000;

/** A process and the order that it is at. */
interface Busy {
  readonly child: ChildProcess;
  readonly order: CompileOrder;
  readonly settle: (code: Uint8Array | null) => void;
  readonly timer: NodeJS.Timeout;
}

interface Waiting {
  readonly order: CompileOrder;
  readonly settle: (code: Uint8Array | null) => void;
}

/**
 * Makes code caches in a throwaway process, one source at a time, under the flags of the processes that will load them.
 * The process goes when there is nothing to do, when it has done enough, and when a source takes too long.
 */
export class Compiler {
  readonly #flags: readonly string[];
  readonly #waiting: Waiting[] = [];
  #child: ChildProcess | null = null;
  #compiled = 0;
  #busy: Busy | null = null;
  #idle: NodeJS.Timeout | null = null;
  #lastId = 0;
  #isDisposed = false;

  constructor(flags: readonly string[]) {
    this.#flags = flags;
  }

  /** Null when the source does not compile, or this machine could not get to it: the script then starts without. */
  async compile(source: string, filename: string): Promise<Uint8Array | null> {
    if (this.#isDisposed || this.#waiting.length >= WAITING_MAX) return null;
    this.#lastId += 1;
    const order: CompileOrder = { id: this.#lastId, source, filename };
    return new Promise((settle) => {
      this.#waiting.push({ order, settle });
      this.#next();
    });
  }

  dispose(): void {
    this.#isDisposed = true;
    for (const { settle } of this.#waiting.splice(0)) settle(null);
    this.#leave();
  }

  #next(): void {
    if (this.#busy !== null) return;
    const next = this.#waiting.shift();
    if (next === undefined) {
      this.#idle = setTimeout(() => {
        this.#leave();
      }, IDLE_MS_MAX);
      this.#idle.unref();
      return;
    }
    if (this.#idle !== null) clearTimeout(this.#idle);
    if (this.#compiled >= COMPILES_PER_PROCESS) this.#leave();
    const child = this.#child ?? this.#start();
    this.#compiled += 1;
    const timer = setTimeout(() => {
      this.#leave();
    }, COMPILE_MS_MAX);
    timer.unref();
    this.#busy = { child, timer, ...next };
    child.send(next.order, (error) => {
      if (error !== null) this.#lose(child);
    });
  }

  #start(): ChildProcess {
    const child = spawn(process.execPath, [...this.#flags, ENTRY], {
      env: {},
      stdio: ["ignore", "ignore", "ignore", "ipc"],
      serialization: "advanced",
    });
    child.on("message", (answer: CompileAnswer) => {
      if (this.#busy?.order.id === answer.id) this.#settle(answer.code);
    });
    child.on("error", () => {
      this.#lose(child);
    });
    child.on("exit", () => {
      this.#lose(child);
    });
    // A node that ends must not wait for it.
    child.unref();
    child.channel?.unref();
    this.#child = child;
    this.#compiled = 0;
    return child;
  }

  #settle(code: Uint8Array | null): void {
    const busy = this.#busy;
    if (busy === null) return;
    this.#busy = null;
    clearTimeout(busy.timer);
    busy.settle(code);
    if (!this.#isDisposed) this.#next();
  }

  /** The process is gone, or as good as. */
  #lose(child: ChildProcess): void {
    if (this.#child === child) this.#child = null;
    if (this.#busy?.child === child) this.#settle(null);
  }

  #leave(): void {
    const child = this.#child;
    if (child === null) return;
    child.kill("SIGKILL");
    this.#lose(child);
  }
}

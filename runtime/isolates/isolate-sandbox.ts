import { randomBytes } from "node:crypto";
import { performance } from "node:perf_hooks";
import ivm from "isolated-vm";
import { assertNever } from "../assert-never.ts";
import { errorMessage } from "../error-text.ts";
import type { HostMessage, SandboxConfig, SandboxMessage } from "../sandbox/messages.ts";
import { assignUrlForSandbox, parseUrlForSandbox } from "./parse-url.ts";
import { readSandboxMessage } from "./read-sandbox-message.ts";

// What isolated-vm needs beyond its own time limit before a turn counts as impossible to stop.
const STUCK_AFTER_MS = 2000;
const RANDOM_BYTES_MAX = 65_536;
const START_TIMEOUT_MS = 5000;

/** How one turn of script code ended. */
export type Turn =
  | { readonly kind: "done" }
  | { readonly kind: "timedOut" }
  /** The isolate is gone: out of memory, or not to be stopped by its time limit. */
  | { readonly kind: "died"; readonly reason: "memory" | "stuck" };

export type LoadFailure = {
  readonly code: "compile_failed" | "start_failed" | "no_fetch_handler" | "memory_exceeded";
  readonly message: string;
};

export interface SandboxOptions {
  readonly prelude: string;
  readonly config: SandboxConfig;
  readonly memoryLimitMb: number;
  readonly onMessage: (message: SandboxMessage) => void;
  /** Called with the text of what a script left unhandled. */
  readonly onStrayError: (message: string) => void;
}

/** One isolate with the script's world in it, entered by messages. Knows nothing of requests. */
export class IsolateSandbox {
  readonly #options: SandboxOptions;
  readonly #isolate: ivm.Isolate;
  #context: ivm.Context | null = null;
  #enter: ivm.Reference<(message: string) => void> | null = null;
  /** Why the isolate is gone, once it is: it goes by itself only when its memory limit is passed. */
  #deathReason: "memory" | "stuck" = "memory";
  readonly #stuck = Promise.withResolvers<Turn>();
  #stuckTimer: NodeJS.Timeout | undefined;
  #turnsWaiting = 0;
  /** The longest that any turn may take, milliseconds. */
  #turnTimeoutMsMax = 0;
  readonly #startResult = Promise.withResolvers<"started" | "noHandler" | "silent">();

  constructor(options: SandboxOptions) {
    this.#options = options;
    this.#isolate = new ivm.Isolate({
      memoryLimit: options.memoryLimitMb,
      // Without this V8 aborts the process; with it the isolate hangs, which its owner takes for stuck.
      onCatastrophicError: (message) => {
        options.onStrayError(`catastrophic error in the isolate: ${message}`);
        this.#deathReason = "stuck";
        this.#stuck.resolve(this.#death());
      },
    });
  }

  /** Loads prelude and script. Null means that the handler is there. */
  async load(code: string, filename: string): Promise<LoadFailure | null> {
    this.#context = await this.#isolate.createContext();
    const install = await this.#context.evalClosure(this.#options.prelude, [], {
      result: { reference: true },
      filename: "showrunner:prelude",
    });
    this.#enter = await this.#install(install);
    let script: ivm.Script;
    try {
      script = await this.#isolate.compileScript(code, { filename });
    } catch (error) {
      return { code: "compile_failed", message: messageOf(error) };
    }
    try {
      await script.run(this.#context, { timeout: START_TIMEOUT_MS });
    } catch (error) {
      if (this.#isolate.isDisposed) return { code: "memory_exceeded", message: messageOf(error) };
      return { code: "start_failed", message: messageOf(error) };
    }
    const turn = await this.enter({ type: "start" }, START_TIMEOUT_MS);
    if (turn.kind !== "done") return { code: "start_failed", message: `loading the handler: ${turn.kind}` };
    const result = await this.#waitForStart();
    switch (result) {
      case "started":
        return null;
      case "noHandler":
        return { code: "no_fetch_handler", message: "the default export has no fetch function" };
      case "silent":
        return { code: "start_failed", message: "the sandbox did not say that it started" };
      default:
        return assertNever(result);
    }
  }

  /** Runs one turn, which is cut off after `timeoutMs` of wall time. */
  async enter(message: HostMessage, timeoutMs: number): Promise<Turn> {
    if (this.#enter === null || this.#isolate.isDisposed) return this.#death();
    const turn = this.#enter.apply(undefined, [JSON.stringify(message)], {
      timeout: timeoutMs,
    });
    this.#turnsWaiting += 1;
    this.#turnTimeoutMsMax = Math.max(this.#turnTimeoutMsMax, timeoutMs);
    if (this.#turnsWaiting === 1) this.#watch();
    const end = turn.then(
      (): Turn => ({ kind: "done" }),
      (error: unknown) => this.#readEnd(error),
    );
    try {
      return await Promise.race([end, this.#stuck.promise]);
    } finally {
      this.#turnsWaiting -= 1;
      this.#watch();
    }
  }

  /** Bytes of heap in use, or null when the isolate is gone. */
  async heapUsedBytes(): Promise<number | null> {
    if (this.#isolate.isDisposed) return null;
    try {
      const statistics = await this.#isolate.getHeapStatistics();
      return statistics.used_heap_size + statistics.externally_allocated_size;
    } catch {
      return null;
    }
  }

  dispose(): void {
    if (!this.#isolate.isDisposed) this.#isolate.dispose();
  }

  async #install(install: ivm.Reference): Promise<ivm.Reference<(message: string) => void>> {
    const send = new ivm.Callback(
      (text: string) => {
        this.#receive(text);
      },
      { ignored: true },
    );
    const randomBase64 = new ivm.Callback((count: number) =>
      randomBytes(Math.min(Math.max(count || 1, 1), RANDOM_BYTES_MAX)).toString("base64"),
    );
    const functions = [
      send,
      new ivm.Callback(parseUrlForSandbox),
      new ivm.Callback(assignUrlForSandbox),
      randomBase64,
      new ivm.Callback(() => performance.now()),
    ];
    const enter: unknown = await install.apply(
      undefined,
      [...functions, JSON.stringify(this.#options.config)],
      {
        result: { reference: true },
      },
    );
    if (!(enter instanceof ivm.Reference)) throw new Error("the prelude gave no function to enter by");
    return enter;
  }

  /** The answer is a message, which may trail the turn that sent it. */
  async #waitForStart(): Promise<"started" | "noHandler" | "silent"> {
    const timer = setTimeout(() => {
      this.#startResult.resolve("silent");
    }, START_TIMEOUT_MS);
    const result = await this.#startResult.promise;
    clearTimeout(timer);
    return result;
  }

  /** Counts from the end of the last turn, since a turn may have waited long for those before it. */
  #watch(): void {
    clearTimeout(this.#stuckTimer);
    if (this.#turnsWaiting === 0) return;
    this.#stuckTimer = setTimeout(() => {
      this.#deathReason = "stuck";
      this.#stuck.resolve(this.#death());
    }, this.#turnTimeoutMsMax + STUCK_AFTER_MS);
  }

  #death(): Turn {
    return { kind: "died", reason: this.#deathReason };
  }

  #receive(text: unknown): void {
    const message = typeof text === "string" ? readSandboxMessage(text) : null;
    if (message === null) this.#options.onStrayError("a message that the host cannot read");
    else if (message.type === "started" || message.type === "noHandler")
      this.#startResult.resolve(message.type);
    else this.#options.onMessage(message);
  }

  #readEnd(error: unknown): Turn {
    if (this.#isolate.isDisposed) return this.#death();
    const message = messageOf(error);
    if (message.includes("Script execution timed out")) return { kind: "timedOut" };
    // An unhandled rejection of the script comes up here; the turn itself went to its end.
    this.#options.onStrayError(`unhandled: ${message}`);
    return { kind: "done" };
  }
}

function messageOf(error: unknown): string {
  return errorMessage(error).slice(0, 1500);
}

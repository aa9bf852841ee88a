import { performance } from "node:perf_hooks";
import ivm from "isolated-vm";
import { assertNever } from "../assert-never.ts";
import { errorMessage } from "../error-text.ts";
import type { SandboxConfig, SandboxMessage } from "../sandbox/messages.ts";
import {
  readHandOver,
  START_RECORD,
  type FlatResponse,
  type HandOver,
  type RecordSink,
} from "./dispatch-codec.ts";
import type { BlankIsolate, Enter } from "./blank-isolate.ts";

const START_TIMEOUT_MS = 5000;
// A handler that is hard to find must not hold the others up.
const FIND_HANDLER_TIMEOUT_MS = 250;
// Taking what is there runs no code of the script but what was left over by a turn that was cut off, and what it put in
// place of the language's own functions.
const TAKE_TIMEOUT_MS = 100;
const TAKE_CPU_MS_MAX = 150;
const TAKE_MS_MAX = 1000;
const HANDOVERS_A_TURN_MAX = 64;

/** How one turn of script code ended. */
export type Turn =
  | { readonly kind: "done"; readonly handOver: HandOver }
  /** Cut off by its time limit; what was there until then is told. */
  | { readonly kind: "timedOut"; readonly handOver: HandOver }
  /** The isolate is gone or not to be trusted any more. */
  | { readonly kind: "died"; readonly reason: "memory" | "garbled" };

export type LoadFailure = {
  readonly code:
    | "compile_failed"
    | "start_failed"
    | "start_timeout"
    | "superseded"
    | "no_fetch_handler"
    | "memory_exceeded";
  readonly message: string;
};

export interface SandboxOptions {
  /** A blank isolate with this much memory, MiB. */
  readonly takeBlank: (memoryMb: number) => Promise<BlankIsolate>;
  readonly config: SandboxConfig;
  readonly memoryLimitMb: number;
  /** CPU of this thread so far, microseconds. */
  readonly cpuUs: () => number;
  /** Makes the entry by which a loaded script hands over its handler: script code runs in it, on this thread. */
  readonly enterToLoad: (enter: () => Turn) => Turn;
  readonly onResponse: (id: number, response: FlatResponse) => void;
  readonly onMessage: (message: SandboxMessage) => void;
  /** Called with the text of what a script left unhandled. */
  readonly onStrayError: (message: string) => void;
}

type Said =
  | { readonly kind: "said"; readonly text: string }
  | { readonly kind: "timedOut" }
  | { readonly kind: "stray" }
  | { readonly kind: "disposed" };

/**
 * One isolate with the script's world in it, entered by batches of records. It runs on the thread of its caller:
 * what cannot be stopped there stops the process, and its agent sees to that. Knows nothing of requests.
 */
export class IsolateSandbox {
  readonly #options: SandboxOptions;
  #isolate: ivm.Isolate | null = null;
  readonly #sink: RecordSink;
  #dispatch: Enter | null = null;
  #take: Enter | null = null;
  #isTakeDue = false;
  #startResult: "started" | "noHandler" | null = null;
  #isDisposed = false;

  constructor(options: SandboxOptions) {
    this.#options = options;
    this.#sink = {
      response: options.onResponse,
      message: (message) => {
        if (message.type === "started" || message.type === "noHandler") this.#startResult = message.type;
        else options.onMessage(message);
      },
    };
  }

  /**
   * Makes a blank isolate into this script's. Null means that the handler is there. `codeCache` is code that this node
   * compiled from the same source, or null.
   */
  async load(
    code: string,
    filename: string,
    codeCache: Uint8Array<ArrayBuffer> | null,
  ): Promise<LoadFailure | null> {
    const { isolate, context, entry } = await this.#options.takeBlank(this.#options.memoryLimitMb);
    this.#isolate = isolate;
    if (this.#isDisposed) {
      isolate.dispose();
      return { code: "superseded", message: "disposed while it started" };
    }
    this.#dispatch = entry.dispatch;
    this.#take = entry.take;
    // A change of threads would cost more than the call; no script is in the isolate yet.
    entry.configure.applySync(undefined, [JSON.stringify(this.#options.config)]);
    const cachedData = codeCache === null ? {} : { cachedData: new ivm.ExternalCopy(codeCache.buffer) };
    let script: ivm.Script;
    try {
      script = await isolate.compileScript(code, { filename, ...cachedData });
    } catch (error) {
      return { code: "compile_failed", message: messageOf(error) };
    }
    try {
      await script.run(context, { timeout: START_TIMEOUT_MS });
    } catch (error) {
      if (isolate.isDisposed) return { code: "memory_exceeded", message: messageOf(error) };
      if (isTimeout(error))
        return { code: "start_timeout", message: `not loaded within ${START_TIMEOUT_MS} ms` };
      return { code: "start_failed", message: messageOf(error) };
    }
    const turn = this.#options.enterToLoad(() => this.enter(START_RECORD, FIND_HANDLER_TIMEOUT_MS));
    if (turn.kind === "timedOut")
      return { code: "start_timeout", message: "its handler cannot be read in time" };
    if (turn.kind !== "done") return { code: "start_failed", message: `loading the handler: ${turn.kind}` };
    switch (this.#startResult) {
      case "started":
        return null;
      case "noHandler":
        return { code: "no_fetch_handler", message: "the default export has no fetch function" };
      case null:
        return { code: "start_failed", message: "the sandbox did not say that it started" };
      default:
        return assertNever(this.#startResult);
    }
  }

  /** Runs one turn, which is cut off after `timeoutMs` of wall time, and tells what came of it. */
  enter(batch: string, timeoutMs: number): Turn {
    if (this.#dispatch === null || this.#isGone) return { kind: "died", reason: "memory" };
    const said = this.#call(this.#dispatch, batch, timeoutMs);
    if (said.kind === "disposed") return { kind: "died", reason: "memory" };
    let handOver: HandOver | null = null;
    if (said.kind === "said") {
      handOver = this.#read(said.text);
      if (handOver === null) return { kind: "died", reason: "garbled" };
    }
    this.#isTakeDue = true;
    // Most turns leave nothing behind, and the second call is half the price of the first.
    if (handOver?.isQuiet === true) return { kind: "done", handOver };
    // Promises settle when the first call is over, so what they lead to has to be asked for.
    const rest = this.#takeAll(handOver);
    if (rest.kind !== "done") return rest;
    return said.kind === "timedOut" ? { kind: "timedOut", handOver: rest.handOver } : rest;
  }

  /** Whether the last turn may have left something that nobody took. */
  get isTakeDue(): boolean {
    return this.#isTakeDue;
  }

  /** As `enter`, without running anything new. */
  collect(): Turn {
    return this.#takeAll(null);
  }

  /** Tells what the sandbox has to say. */
  #takeAll(before: HandOver | null): Turn {
    this.#isTakeDue = false;
    let last = before;
    const beganMs = performance.now();
    const beganUs = this.#options.cpuUs();
    for (let count = 0; count < HANDOVERS_A_TURN_MAX; count += 1) {
      if (this.#take === null || this.#isGone) return { kind: "died", reason: "memory" };
      const said = this.#call(this.#take, "", TAKE_TIMEOUT_MS);
      if (said.kind === "disposed") return { kind: "died", reason: "memory" };
      if (said.kind === "timedOut") {
        // A machine without time gets another try or two. A sandbox that burns it has been tampered with.
        const cpuMs = (this.#options.cpuUs() - beganUs) / 1000;
        if (cpuMs > TAKE_CPU_MS_MAX || performance.now() - beganMs > TAKE_MS_MAX)
          return { kind: "died", reason: "garbled" };
      }
      if (said.kind !== "said") continue;
      const handOver = this.#read(said.text);
      if (handOver === null) return { kind: "died", reason: "garbled" };
      last = {
        ...handOver,
        current: handOver.current === 0 ? (last?.current ?? 0) : handOver.current,
      };
      if (!handOver.hasMore) break;
    }
    return last === null ? { kind: "died", reason: "garbled" } : { kind: "done", handOver: last };
  }

  /** Bytes of heap in use, or null when the isolate is gone. */
  heapUsedBytes(): number | null {
    if (this.#isolate === null || this.#isolate.isDisposed) return null;
    try {
      const statistics = this.#isolate.getHeapStatisticsSync();
      return statistics.used_heap_size + statistics.externally_allocated_size;
    } catch {
      return null;
    }
  }

  dispose(): void {
    this.#isDisposed = true;
    if (!this.#isGone) this.#isolate?.dispose();
  }

  get #isGone(): boolean {
    return this.#isolate?.isDisposed !== false;
  }

  #call(enter: Enter, batch: string, timeoutMs: number): Said {
    try {
      const text: unknown = enter.applySync(undefined, [batch], { timeout: timeoutMs });
      return { kind: "said", text: typeof text === "string" ? text : "" };
    } catch (error) {
      if (this.#isGone) return { kind: "disposed" };
      if (isTimeout(error)) return { kind: "timedOut" };
      const message = messageOf(error);
      // An unhandled rejection of the script comes up here; the turn itself went to its end.
      this.#options.onStrayError(`unhandled: ${message}`);
      return { kind: "stray" };
    }
  }

  #read(text: string): HandOver | null {
    const handOver = readHandOver(text, this.#sink);
    if (handOver === null) this.#options.onStrayError("the sandbox wrote what the host cannot read");
    return handOver;
  }
}

function isTimeout(error: unknown): boolean {
  return messageOf(error).includes("Script execution timed out");
}

function messageOf(error: unknown): string {
  return errorMessage(error).slice(0, 1500);
}

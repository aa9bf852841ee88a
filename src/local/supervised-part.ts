import { spawn, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import { killGroup, pidFileOf, type Home } from "./home.ts";
import { eachLine } from "./lines.ts";
import { LogFile } from "./log-file.ts";
import { removePidFile, writePidFile } from "./pid-file.ts";
import { restartDelayMs } from "./restart-delay.ts";

/** One process of the platform. */
export interface Part {
  /** Also the name of its pid file and log. */
  readonly name: string;
  /** Node's arguments: options, main file, arguments. */
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** How the line on stdout begins that says it is up. */
  readonly readyLine: string;
}

export type PartEvent =
  | { readonly kind: "ready" }
  | { readonly kind: "readyAgain" }
  | { readonly kind: "ended"; readonly how: string; readonly restartInMs: number }
  | { readonly kind: "failedToStart"; readonly how: string };

type State =
  | { readonly phase: "idle" }
  | { readonly phase: "running"; readonly child: ChildProcess; ready: boolean; readonly startedAtMs: number }
  | { readonly phase: "waiting"; readonly timer: NodeJS.Timeout }
  | { readonly phase: "stopped" };

const PRELOAD = new URL("end-with-parent.ts", import.meta.url).href;
const ROOT = join(import.meta.dirname, "../..");

/** So many ends without ever having been ready mean that starting it again will not help. */
const START_ATTEMPTS_MAX = 4;
/** A part that ran this long was well: its next failure counts as the first. */
const WELL_AFTER_MS = 20_000;

/** Keeps one part running until it is stopped. */
export class SupervisedPart {
  readonly part: Part;
  readonly #home: Home;
  readonly #onEvent: (event: PartEvent) => void;
  readonly #log: LogFile;
  readonly #firstReady = Promise.withResolvers<void>();
  #everReady = false;
  #failures = 0;
  #state: State = { phase: "idle" };

  constructor(part: Part, home: Home, onEvent: (event: PartEvent) => void) {
    this.part = part;
    this.#home = home;
    this.#onEvent = onEvent;
    this.#log = new LogFile(join(home.logs, `${part.name}.log`));
    // Nobody may be waiting when it fails; the event tells as well.
    this.#firstReady.promise.catch(() => {});
  }

  /** Starts it and waits until it is up for the first time. Rejects when it cannot be started at all. */
  async start(): Promise<void> {
    this.#spawn();
    await this.#firstReady.promise;
  }

  /** Asks it to end, and ends it when it has not within `patienceMs`. It is not started again. */
  async stop(patienceMs: number): Promise<void> {
    const state = this.#state;
    this.#state = { phase: "stopped" };
    this.#firstReady.reject(new Error(`${this.part.name} was stopped`));
    if (state.phase === "waiting") clearTimeout(state.timer);
    if (state.phase === "running") await this.#end(state.child, patienceMs);
  }

  async #end(child: ChildProcess, patienceMs: number): Promise<void> {
    const { pid } = child;
    if (pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => {
      child.once("exit", () => resolve());
    });
    child.kill("SIGTERM");
    const timer = setTimeout(() => killGroup(pid), patienceMs);
    await ended;
    clearTimeout(timer);
  }

  #spawn(): void {
    const child = spawn(
      process.execPath,
      ["--import", `${PRELOAD}?home=${this.#home.mark}`, ...this.part.command],
      {
        cwd: ROOT,
        env: { ...this.part.env, SHOWRUNNER_SUPERVISED: "1" },
        stdio: ["ignore", "pipe", "pipe", "ipc"],
        // A group of its own: Ctrl-C in the terminal reaches the supervisor alone, which stops the parts in order.
        detached: true,
      },
    );
    this.#state = { phase: "running", child, ready: false, startedAtMs: Date.now() };
    if (child.pid !== undefined) writePidFile(pidFileOf(this.#home, this.part.name), child.pid);
    this.#log.writeLine(`--- ${new Date().toISOString()} started with process id ${child.pid ?? "none"}`);
    eachLine(child.stdout!, (line) => this.#stdoutLine(child, line));
    eachLine(child.stderr!, (line) => this.#log.writeLine(line));
    child.once("error", (error) => {
      this.#log.writeLine(`process error: ${error.message}`);
      if (child.pid === undefined) this.#exited(child, null, null);
    });
    child.once("exit", (code, signal) => this.#exited(child, code, signal));
  }

  #stdoutLine(child: ChildProcess, line: string): void {
    this.#log.writeLine(line);
    const state = this.#state;
    if (state.phase !== "running" || state.child !== child || state.ready) return;
    if (!line.startsWith(this.part.readyLine)) return;
    state.ready = true;
    this.#onEvent({ kind: this.#everReady ? "readyAgain" : "ready" });
    this.#everReady = true;
    this.#firstReady.resolve();
  }

  #exited(child: ChildProcess, code: number | null, signal: NodeJS.Signals | null): void {
    const how = signal ?? (code === null ? "no process" : `exit code ${code}`);
    this.#log.writeLine(`--- ${new Date().toISOString()} ended: ${how}`);
    removePidFile(pidFileOf(this.#home, this.part.name));
    // What it had started must not hold its ports or files when it comes back.
    if (child.pid !== undefined) killGroup(child.pid);
    const state = this.#state;
    if (state.phase !== "running") return;
    this.#failures = Date.now() - state.startedAtMs > WELL_AFTER_MS ? 1 : this.#failures + 1;
    if (!this.#everReady && this.#failures >= START_ATTEMPTS_MAX) {
      this.#state = { phase: "stopped" };
      this.#firstReady.reject(new Error(this.#startFailure(how)));
      this.#onEvent({ kind: "failedToStart", how });
      return;
    }
    const restartInMs = restartDelayMs(this.#failures);
    this.#state = { phase: "waiting", timer: setTimeout(() => this.#spawn(), restartInMs) };
    this.#onEvent({ kind: "ended", how, restartInMs });
  }

  #startFailure(how: string): string {
    const lines = this.#log.tail().map((line) => `    ${line}`);
    return [
      `${this.part.name} could not be started (${how}). Its last lines:`,
      ...lines,
      `  Log: ${this.#log.path}`,
    ].join("\n");
  }
}

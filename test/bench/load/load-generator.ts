import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { LOAD_CORE, onCore } from "../cores.ts";
import type { LoadOrder, LoadResult } from "./messages.ts";

const SATURATED_SHARE = 0.97;

/** The generator's process. One order at a time. */
export class LoadGenerator {
  readonly #child: ChildProcess;
  readonly #log: (text: string) => void;

  constructor(log: (text: string) => void) {
    const [command, ...args] = onCore(LOAD_CORE, [
      process.execPath,
      join(import.meta.dirname, "generator-child.ts"),
    ]);
    this.#child = spawn(command, args, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    this.#log = log;
  }

  async run(order: LoadOrder): Promise<LoadResult> {
    const answer = once(this.#child, "message");
    this.#child.send(order);
    const [result]: LoadResult[] = await answer;
    if (result === undefined) throw new Error("the load generator gave no result");
    if (result.generatorCpuShare > SATURATED_SHARE) {
      this.#log("note: the load generator was at its own limit; the server could do more than this shows");
    }
    return result;
  }

  /** Lets the order that is under way end now, in good order. */
  finish(): void {
    this.#child.send("finish");
  }

  stop(): void {
    this.#child.kill();
  }
}

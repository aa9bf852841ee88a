import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

export interface StoreChild {
  readonly pid: number;
  /** All lines so far. */
  readonly lines: readonly string[];
  /** Resolves at the nth line that starts like this; rejects when the process ends before. */
  said(start: string, count?: number): Promise<void>;
  kill(): Promise<void>;
}

/** Runs `store-child.ts` as a process of its own. */
export function startStoreChild(task: string, database: string, leaseMs = 10_000): StoreChild {
  const args = ["--disable-warning=ExperimentalWarning", "test/adapters/store/store-child.ts"];
  const child = spawn("node", [...args, task, database, String(leaseMs)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  process.once("exit", () => child.kill("SIGKILL"));
  const ended = once(child, "exit");
  const lines: string[] = [];
  const reader = createInterface({ input: child.stdout });
  reader.on("line", (line) => lines.push(line));
  const count = (start: string) => lines.filter((line) => line.startsWith(start)).length;
  return {
    pid: child.pid ?? 0,
    lines,
    said(start, wanted = 1) {
      return new Promise((resolve, reject) => {
        const look = () => count(start) >= wanted && resolve();
        reader.on("line", look);
        reader.once("close", () => reject(new Error(`the process ended before it said "${start}"`)));
        look();
      });
    },
    async kill() {
      child.kill("SIGKILL");
      await ended.catch(() => undefined);
    },
  };
}

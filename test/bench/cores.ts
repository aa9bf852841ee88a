import { execFileSync } from "node:child_process";
import { cpus } from "node:os";

/** The server measured has this core for itself; everything else runs on the other. */
export const SERVER_CORE = 0;
export const LOAD_CORE = 1;

const canPin = process.platform === "linux" && cpus().length > 1 && hasTaskset();

/** The command line, held to one core where the system can do that. */
export function onCore(core: number, command: readonly [string, ...string[]]): [string, ...string[]] {
  return canPin ? ["taskset", "-c", String(core), ...command] : [...command];
}

/** The command line on all cores, though this process keeps to one. */
export function onAllCores(command: readonly [string, ...string[]]): [string, ...string[]] {
  return canPin ? ["taskset", "-c", `0-${cpus().length - 1}`, ...command] : [...command];
}

/** Moves this process off the server's core; a text tells why that is not possible. */
export function leaveServerCore(): string | null {
  if (!canPin) return "servers are not pinned: that needs taskset and two cores";
  execFileSync("taskset", ["-acp", String(LOAD_CORE), String(process.pid)], { stdio: "ignore" });
  return null;
}

function hasTaskset(): boolean {
  try {
    execFileSync("taskset", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

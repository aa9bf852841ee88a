import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { errorCode } from "./error-code.ts";

/** The process id in a pid file; null when there is no file or no number in it. */
export function readPidFile(path: string): number | null {
  try {
    const pid = Number(readFileSync(path, "utf8").trim());
    return Number.isInteger(pid) && pid > 1 ? pid : null;
  } catch {
    return null;
  }
}

export function writePidFile(path: string, pid: number): void {
  writeFileSync(path, `${pid}\n`, { mode: 0o600 });
}

/** Makes the pid file unless there is one: true when it was made. */
export function createPidFile(path: string, pid: number): boolean {
  try {
    writeFileSync(path, `${pid}\n`, { flag: "wx", mode: 0o600 });
    return true;
  } catch (error) {
    if (errorCode(error) === "EEXIST") return false;
    throw error;
  }
}

export function removePidFile(path: string): void {
  rmSync(path, { force: true });
}

/**
 * Whether the process still runs and its command line holds `mark`. Process ids are given out again, so a pid file
 * alone says nothing about the process that has the number today.
 */
export function isRunning(pid: number, mark: string): boolean {
  return commandLine(pid)?.includes(mark) ?? false;
}

function commandLine(pid: number): string | null {
  try {
    if (process.platform === "linux") {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
    }
    return execFileSync("ps", ["-o", "command=", "-p", String(pid)], { encoding: "utf8" });
  } catch {
    return null;
  }
}

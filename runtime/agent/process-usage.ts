import { readFileSync } from "node:fs";

// The kernel counts in these on every Linux that Node runs on.
const TICK_MS = 10;
const PAGE_BYTES = 4096;

export interface ProcessUsage {
  readonly cpuMs: number;
  readonly rssMb: number;
}

/** CPU and memory of another process, or null where the system does not tell (or the process is gone). */
export function readProcessUsage(pid: number): ProcessUsage | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name in parentheses may hold anything, so fields are counted from its end.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    const cpuTicks = Number(fields[11]) + Number(fields[12]);
    return { cpuMs: cpuTicks * TICK_MS, rssMb: (Number(fields[21]) * PAGE_BYTES) / 1024 / 1024 };
  } catch {
    return null;
  }
}

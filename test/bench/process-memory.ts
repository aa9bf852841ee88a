import { readFileSync } from "node:fs";
import { treeOf } from "./process-tree.ts";

const PAGE_BYTES = 4096;

/** Resident memory of a process and of all that descend from it, MiB. */
export function residentMb(root: number): number {
  let bytes = 0;
  for (const pid of treeOf(root)) bytes += residentBytes(pid);
  return bytes / 1024 / 1024;
}

function residentBytes(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, "latin1").split(" ")[1]) * PAGE_BYTES;
  } catch {
    // It ended while we looked.
    return 0;
  }
}

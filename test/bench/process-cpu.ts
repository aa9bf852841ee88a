import { statFields, treeOf } from "./process-tree.ts";

// The kernel's clock ticks for user space are a hundredth of a second on every Linux that Node runs on.
const TICK_MS = 10;
const USER_FIELD = 11;
const SYSTEM_FIELD = 12;

/** CPU that a process and all that descend from it have used, milliseconds. */
export function cpuMs(root: number): number {
  let ticks = 0;
  for (const pid of treeOf(root)) {
    const fields = statFields(pid);
    ticks += Number(fields[USER_FIELD] ?? 0) + Number(fields[SYSTEM_FIELD] ?? 0);
  }
  return ticks * TICK_MS;
}

import { readdir, readFile } from "node:fs/promises";

/** Memory of a process and all below it, bytes: shared pages are counted once, by share. Linux only. */
export async function treeMemoryBytes(rootPid: number): Promise<number> {
  const sizes = await Promise.all([rootPid, ...(await descendants(rootPid))].map(proportionalBytes));
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Process ids of all below a process, parents before children. */
export async function descendants(rootPid: number): Promise<number[]> {
  const parents = new Map<number, number>();
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  await Promise.all(
    pids.map(async (pid) => {
      const status = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
      // The command between the parentheses may hold anything, blanks and parentheses too.
      const parent = status.slice(status.lastIndexOf(")") + 2).split(" ")[1];
      if (parent !== undefined) parents.set(pid, Number(parent));
    }),
  );
  const found = [rootPid];
  for (const pid of found) for (const [child, parent] of parents) if (parent === pid) found.push(child);
  return found.slice(1);
}

/** Process ids of a node's workers. */
export async function workersOf(nodePid: number): Promise<number[]> {
  const workers: number[] = [];
  for (const pid of await descendants(nodePid)) {
    const command = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    if (command.includes("worker.cjs")) workers.push(pid);
  }
  return workers;
}

async function proportionalBytes(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, "utf8").catch(() => "");
  return Number(/^Pss:\s+(\d+) kB/m.exec(text)?.[1] ?? 0) * 1024;
}

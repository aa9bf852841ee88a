import type { ChildProcess } from "node:child_process";
import { once } from "node:events";

const TERM_MS_MAX = 6000;

/** Asks a child to end, and ends it when it does not. */
export async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  const timer = setTimeout(() => child.kill("SIGKILL"), TERM_MS_MAX);
  child.kill("SIGTERM");
  await exited;
  clearTimeout(timer);
}

import { assertNever } from "../assert-never.ts";
import type { Harm } from "./quarantine.ts";

/** Why a worker is no more. */
export type WorkerEnd =
  /** Ended by its agent: silent and busy, silent and idle, over its memory bound, not needed any more. */
  | "hung"
  | "starved"
  | "overMemory"
  | "stopped"
  /** Ended by itself, as when V8 gives up. */
  | "crashed"
  /** Ended by the kernel for lack of memory. */
  | "outOfMemory"
  /** Ended by somebody else's SIGKILL. */
  | "killed";

/** The end of a process that its agent did not end. `hasKernelKilled`: whether the kernel ended any just now. */
export function endOfExit(signal: NodeJS.Signals | null, hasKernelKilled: boolean): WorkerEnd {
  if (signal !== "SIGKILL") return "crashed";
  return hasKernelKilled ? "outOfMemory" : "killed";
}

/**
 * Whom the end of a worker speaks against, by number: `running` is the instance that was running (0 for none), `loading`
 * those that were being loaded beside it. More than one means that nobody can tell which. A worker that came to its memory
 * bound bit by bit was filled by all that it held, and speaks against those alone who held more than they may, if any.
 */
export function suspectsOf(
  end: WorkerEnd,
  { running, hasGrownFast }: { readonly running: number; readonly hasGrownFast: boolean },
  hoarders: readonly number[],
  loading: readonly number[],
): readonly number[] {
  const runner = running === 0 ? [] : [running];
  switch (end) {
    case "stopped":
    case "killed":
      return [];
    case "starved":
      return runner;
    case "hung":
      // Loading is beside the thread that fell silent; only with nobody on that one can it be to blame.
      return running === 0 ? loading : runner;
    case "overMemory":
    case "outOfMemory":
      return hasGrownFast ? [...new Set([...runner, ...loading])] : hoarders;
    case "crashed":
      return [...new Set([...runner, ...loading])];
    default:
      return assertNever(end);
  }
}

/** What the end says of its only suspect; null when it says nothing of scripts. */
export function harmOf(end: WorkerEnd): Harm | null {
  switch (end) {
    case "hung":
      return "hung";
    case "overMemory":
    case "outOfMemory":
      return "overMemory";
    case "crashed":
      return "crash";
    case "starved":
      // On a machine without time a hang cannot be told from bad luck; twice within a minute is no luck any more.
      return "suspected";
    case "stopped":
    case "killed":
      return null;
    default:
      return assertNever(end);
  }
}

import { type ChildProcess, fork } from "node:child_process";
import { assertNever } from "#domain/assert-never.ts";
import { GitError, GitExit } from "./git-error.ts";
import type { FromHelper, GitOutcome, GitRequest, ToHelper } from "./git-request.ts";

/** Runs git's commands. Rejects with `GitExit` where git said no, and with `GitError` otherwise. */
export interface GitRunner {
  text(request: Omit<GitRequest, "prints">, signal: AbortSignal): Promise<string>;
  bytes(request: Omit<GitRequest, "prints">, signal: AbortSignal): Promise<Buffer>;
  /** The process that starts git's processes, null before the first command and after it ended. */
  readonly pid: number | null;
}

interface Waiting {
  readonly resolve: (outcome: GitOutcome) => void;
}

/**
 * git's processes are children of a small process of its own: to start one, a process is copied, which takes a control
 * plane with a gigabyte of memory a tenth of a second in which it does nothing else. The small one begins with the first
 * command, does not keep this one from ending, ends with it, and is started again when it was killed.
 */
export function createGitRunner(): GitRunner {
  const waiting = new Map<number, Waiting>();
  let helper: ChildProcess | null = null;
  let ids = 0;

  function started(): ChildProcess {
    if (helper !== null) return helper;
    const child = fork(new URL("git-helper.ts", import.meta.url), {
      serialization: "advanced",
      execArgv: ["--disable-warning=ExperimentalWarning"],
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    const isOver = (why: string) => {
      if (helper !== child) return;
      helper = null;
      for (const { resolve } of waiting.values()) resolve({ kind: "failed", message: why });
      waiting.clear();
    };
    child.on("message", ({ id, outcome }: FromHelper) => waiting.get(id)?.resolve(outcome));
    child.once("error", (error) => isOver(`git cannot be started: ${error.message}`));
    child.once("exit", () => isOver("the process that runs git ended"));
    helper = child;
    return child;
  }

  async function run(request: GitRequest, signal: AbortSignal): Promise<string | Uint8Array> {
    const child = started();
    const id = (ids += 1);
    const say = (message: ToHelper) => {
      // When it cannot be told, it has ended or is about to, and then says so itself.
      if (child.connected) child.send(message, () => undefined);
    };
    const stop = () => say({ kind: "stop", id });
    try {
      const outcome = await new Promise<GitOutcome>((resolve) => {
        waiting.set(id, { resolve });
        hold(child, true);
        signal.addEventListener("abort", stop, { once: true });
        say({ kind: "run", id, request });
        if (signal.aborted) stop();
      });
      return outputOf(outcome);
    } finally {
      signal.removeEventListener("abort", stop);
      waiting.delete(id);
      if (waiting.size === 0) hold(child, false);
    }
  }

  return {
    async text(request, signal) {
      const output = await run({ ...request, prints: "text" }, signal);
      return typeof output === "string" ? output : Buffer.from(output).toString("utf8");
    },
    bytes: async (request, signal) => Buffer.from(await run({ ...request, prints: "bytes" }, signal)),
    get pid() {
      return helper?.pid ?? null;
    },
  };
}

/** Whether it keeps this process from ending. */
function hold(child: ChildProcess, isHeld: boolean): void {
  if (isHeld) {
    child.ref();
    child.channel?.ref();
  } else {
    child.unref();
    child.channel?.unref();
  }
}

function outputOf(outcome: GitOutcome): string | Uint8Array {
  switch (outcome.kind) {
    case "printed":
      return outcome.output;
    case "exited":
      throw new GitExit(outcome.exitCode, outcome.stderr);
    case "printedTooMuch":
      throw new GitError("terminal", "git printed more than is looked at");
    case "stopped":
      throw new GitError("transient", "git took too long and was stopped");
    case "failed":
      throw new GitError("transient", outcome.message);
    default:
      return assertNever(outcome);
  }
}

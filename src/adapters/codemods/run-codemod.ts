import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import type { CodemodResult, CodemodRun } from "#schemas/types.ts";

/** All files of a script together. */
const RUN_MS_MAX = 60_000;
const OUTPUT_CHARS_MAX = 64 * 1024 ** 2;
const PROGRAM = fileURLToPath(new URL("../../../runtime/run-once.ts", import.meta.url));

/**
 * Runs a codemod over a script's files, in an isolate of a process that has no environment, no network and nothing to
 * write to. Whatever the codemod does, the answer is a result: it may fail, and then changes nothing.
 */
export async function runCodemod(run: CodemodRun, runMsMax = RUN_MS_MAX): Promise<CodemodResult> {
  const child = spawn(process.execPath, programArguments(), {
    cwd: dirname(PROGRAM),
    env: {},
    stdio: ["pipe", "pipe", "ignore"],
  });
  const stop = AbortSignal.timeout(runMsMax);
  const kill = () => child.kill("SIGKILL");
  stop.addEventListener("abort", kill, { once: true });
  try {
    // It may be gone before it has read; what it printed tells.
    child.stdin.on("error", () => undefined);
    child.stdin.end(JSON.stringify(run));
    const ended = new Promise<Error | null>((resolve) => {
      child.once("error", resolve);
      child.once("close", () => resolve(null));
    });
    const [printed, error] = await Promise.all([text(child.stdout), ended]);
    if (error !== null) throw error;
    return (
      resultIn(printed) ?? failure(stop.aborted ? "it took too long" : "its process ended without an answer")
    );
  } finally {
    stop.removeEventListener("abort", kill);
    kill();
  }
}

function failure(message: string): CodemodResult {
  return { changed: {}, failure: { file: null, message } };
}

/** null when the process did not come to its end. */
function resultIn(printed: string): CodemodResult | null {
  if (printed === "" || printed.length > OUTPUT_CHARS_MAX) return null;
  try {
    const result: CodemodResult = JSON.parse(printed);
    return result;
  } catch {
    return null;
  }
}

function programArguments(): string[] {
  const addon = createRequire(PROGRAM).resolve("isolated-vm");
  const packages = dirname(addon.slice(0, addon.lastIndexOf("isolated-vm/")));
  const readable = [dirname(PROGRAM), packages, "/etc/alpine-release"];
  return [
    "--no-node-snapshot",
    "--no-warnings",
    "--permission",
    "--allow-addons",
    ...readable.map((path) => `--allow-fs-read=${path}`),
    PROGRAM,
  ];
}

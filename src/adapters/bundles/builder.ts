import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, realpath, rm, stat, writeFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import path from "node:path";
import { version as esbuildVersion } from "esbuild";
import pLimit from "p-limit";
import type { Logger } from "pino";
import type { Builder, BuildOutcome, BuildRequest } from "#domain/ports.ts";
import type { BuildJob, BuildReply } from "./build/build-job.ts";
import { buildLimits } from "./build/limits.ts";
import { digestOf } from "./digest.ts";
import { settingsLine } from "./revision-settings-line.ts";

export interface BuilderOptions {
  /** The only registry that packages come from, such as "https://registry.npmjs.org". */
  readonly registryUrl: string;
  /** Tarballs are kept here between builds. May be shared and may be deleted at any time. */
  readonly cacheDir: string;
  readonly timeoutMs: number;
  readonly logger: Logger;
}

/**
 * Part of a build's key: two builders with the same version make the same bytes from the same input. Raise the number
 * with every change of ours that can change bytes.
 */
export const builderVersion = `1+esbuild-${esbuildVersion}`;

/** Builds in a process of its own with a bare environment, bounded in time, memory and size. Same input, same bytes. */
export function createBuilder(options: BuilderOptions): Builder {
  const limit = pLimit(Math.max(1, availableParallelism()));
  return {
    build: (request) => limit(() => buildOnce(options, request)),
  };
}

async function buildOnce(options: BuilderOptions, request: BuildRequest): Promise<BuildOutcome> {
  const folder = await realpath(await mkdtemp(path.join(tmpdir(), "showrunner-build-")));
  try {
    const job: BuildJob = {
      checkout: path.resolve(request.checkout),
      path: path.normalize(request.path),
      entry: request.entry,
      firstLine: settingsLine(request.settings),
      registryUrl: options.registryUrl,
      tarballFolder: path.join(path.resolve(options.cacheDir), "tarballs"),
      workFolder: path.join(folder, "work"),
      outFolder: path.join(folder, "out"),
    };
    await Promise.all([job.workFolder, job.outFolder, path.join(folder, "home")].map((name) => mkdir(name)));
    // esbuild looks upwards for these; here it finds them before it gets to anything of this machine.
    await Promise.all(
      ["tsconfig.json", "package.json"].map((name) => writeFile(path.join(folder, name), "{}")),
    );
    const startedMs = performance.now();
    const ended = await runChild(job, folder, options);
    const outcome = await outcomeOf(ended, job, options);
    const tookMs = Math.round(performance.now() - startedMs);
    options.logger.debug(
      { script: request.settings.name, path: request.path, outcome: outcome.kind, tookMs },
      "build ended",
    );
    return outcome;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

type ChildEnd =
  | { readonly kind: "exited"; readonly code: number | null; readonly lastWords: string }
  | { readonly kind: "timedOut" };

const lastWordsCharsMax = 4000;

async function runChild(
  job: BuildJob,
  folder: string,
  { cacheDir, timeoutMs }: BuilderOptions,
): Promise<ChildEnd> {
  const main = path.join(import.meta.dirname, "build-process.ts");
  const child = spawn(process.execPath, [`--max-old-space-size=${buildLimits.heapMbMax}`, main, folder], {
    cwd: folder,
    // A group of its own, so that the time limit ends esbuild's process as well.
    detached: true,
    env: {
      HOME: path.join(folder, "home"),
      TMPDIR: folder,
      TZ: "UTC",
      LANG: "C.UTF-8",
      NODE_COMPILE_CACHE: path.join(path.resolve(cacheDir), "compiled"),
      GOMEMLIMIT: `${buildLimits.heapMbMax}MiB`,
    },
    stdio: ["pipe", "ignore", "pipe"],
  });
  let lastWords = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    lastWords = (lastWords + text).slice(-lastWordsCharsMax);
  });
  // The child may be gone before it reads; its exit tells what happened.
  child.stdin.on("error", () => undefined);
  child.stdin.write(`${JSON.stringify(job)}\n`);
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    killGroup(child.pid);
  }, timeoutMs);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", resolve);
    });
    return timedOut ? { kind: "timedOut" } : { kind: "exited", code, lastWords };
  } finally {
    clearTimeout(timer);
    killGroup(child.pid);
  }
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // Nothing of it is left, which is what was wanted.
  }
}

async function outcomeOf(ended: ChildEnd, job: BuildJob, options: BuilderOptions): Promise<BuildOutcome> {
  if (ended.kind === "timedOut") {
    return { kind: "unavailable", message: `The build did not end within ${options.timeoutMs / 1000} s.` };
  }
  if (/heap out of memory/.test(ended.lastWords)) return outOfMemory(job);
  if (ended.code !== 0) {
    options.logger.warn({ code: ended.code, stderr: ended.lastWords }, "the build process failed");
    return { kind: "unavailable", message: "The build process ended without an answer." };
  }
  const reply: BuildReply = JSON.parse(await readFile(path.join(job.outFolder, "reply.json"), "utf8"));
  if (reply.kind !== "built") return reply;
  const bundleFile = path.join(job.outFolder, "bundle.js");
  if ((await stat(bundleFile)).size > buildLimits.bundleBytesMax) {
    throw new Error("The build process left a bundle over the limit.");
  }
  const bytes = await readFile(bundleFile);
  const sourceMap = await readFile(path.join(job.outFolder, "bundle.js.map"), "utf8");
  return { kind: "built", bytes, digest: digestOf(bytes), sourceMap, libraries: reply.libraries };
}

function outOfMemory(job: BuildJob): BuildOutcome {
  const message = `The build needs more than ${buildLimits.heapMbMax} MB of memory.`;
  const file = path.join(job.path, job.entry);
  return {
    kind: "rejected",
    problems: [{ file, line: 1, column: 1, severity: "error", code: "out-of-memory", message }],
  };
}

import { existsSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { GitError } from "./git-error.ts";
import type { GitMirrorOptions } from "./git-mirror-options.ts";

const REFSPECS = [
  "+refs/heads/*:refs/heads/*",
  "+refs/pull/*/head:refs/pull/*/head",
  "+refs/pull/*/merge:refs/pull/*/merge",
];
const SIZE_CHECK_EVERY_MS = 1_000;

/** Fetches all branches and pull requests into a bare repository, which is made when the folder holds none. */
export async function fetchInto(dir: string, options: GitMirrorOptions): Promise<void> {
  const { limits, transport, runner } = options;
  const { url, authorization } = await options.access();
  const stop = new AbortController();
  const common = {
    dir,
    protocols: transport === "file" ? ["file"] : ["http", "https"],
    config: {
      ...(authorization === "" ? {} : { "http.extraHeader": `Authorization: ${authorization}` }),
      "http.followRedirects": "false",
      // Ends git's helper process as well, which outlives git when that is stopped. A server at work sends a byte a second.
      "http.lowSpeedLimit": "1",
      "http.lowSpeedTime": String(Math.ceil(limits.idleMs / 1000)),
      // A hand-over to the background would outlive this process and race with the next fetch.
      "gc.autoDetach": "false",
      "maintenance.autoDetach": "false",
      "fetch.unpackLimit": "1",
    },
    idleMs: limits.fetchMs,
  };
  const run = (args: readonly string[]) => runner.text({ ...common, args }, stop.signal);
  const timer = setTimeout(() => stop.abort(), limits.fetchMs);
  const guard = guardSize(join(dir, "objects", "pack"), limits.mirrorBytes, stop);
  try {
    if (!existsSync(join(dir, "HEAD"))) await run(["init", "--bare", "--quiet"]);
    // Not quiet: simple-git waits for the words of a process that said nothing, and a merge would wait with it.
    const flags = ["--prune", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules"];
    await run(["fetch", ...flags, checkedUrl(url, transport), ...REFSPECS]);
  } catch (error) {
    throw guard.exceeded()
      ? new GitError("terminal", `the repository is larger than ${limits.mirrorBytes} bytes`, {
          cause: error,
        })
      : error;
  } finally {
    clearTimeout(timer);
    guard.end();
  }
}

/** Stops the fetch when the packs on disk outgrow the bound; git itself has no such bound for a fetch. */
function guardSize(
  folder: string,
  bytesMax: number,
  stop: AbortController,
): { exceeded(): boolean; end(): void } {
  let exceeded = false;
  const check = async (): Promise<void> => {
    if ((await folderBytes(folder)) <= bytesMax) return;
    exceeded = true;
    stop.abort();
  };
  const timer = setInterval(() => {
    // Files come and go while git writes them; the next look will do.
    check().catch(() => undefined);
  }, SIZE_CHECK_EVERY_MS);
  return { exceeded: () => exceeded, end: () => clearInterval(timer) };
}

async function folderBytes(folder: string): Promise<number> {
  const names = await readdir(folder);
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

function checkedUrl(url: string, transport: "http" | "file"): string {
  const parsed = URL.parse(url);
  const allowed = transport === "file" ? ["file:"] : ["http:", "https:"];
  if (
    parsed === null ||
    !allowed.includes(parsed.protocol) ||
    parsed.username !== "" ||
    parsed.password !== ""
  ) {
    throw new GitError("terminal", "the repository's URL is not one that may be fetched");
  }
  return parsed.href;
}

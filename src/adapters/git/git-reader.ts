import { existsSync } from "node:fs";
import type { TreeEntry } from "#domain/ports.ts";
import { parseBlobBatch } from "./blob-batch.ts";
import { checkedCommit, checkedPath } from "./checked-ref.ts";
import { GitError, GitExit } from "./git-error.ts";
import { readFailure } from "./git-failure.ts";
import type { GitMirrorOptions } from "./git-mirror-options.ts";
import type { GitRequest } from "./git-request.ts";
import { parseTreeListing } from "./tree-listing.ts";

/** A path is at most 4,096 bytes, mostly under 100; past this a tree is made to hurt. */
const PRINTED_BYTES_MAX = 64 * 1024 ** 2;

type Common = Pick<GitRequest, "dir" | "protocols" | "config" | "idleMs">;

/** Reading commands on a bare repository. Each is one process, bounded in time and output. Throws `GitError`. */
export interface GitReader {
  /** What a command prints, trimmed. */
  readonly line: (args: readonly string[]) => Promise<string>;
  /** The same of a command that names its commits by their ids, so that it says the same for ever. */
  readonly fact: (args: readonly string[]) => Promise<string>;
  /** Whether a command that names its commits by their ids, and answers by its exit code, says yes. */
  readonly succeeds: (args: readonly string[]) => Promise<boolean>;
  readonly list: (commit: string, folder: string) => Promise<TreeEntry[]>;
  /** Those of some files that a commit has. */
  readonly listFiles: (commit: string, paths: readonly string[]) => Promise<TreeEntry[]>;
  /** Paths of the files in which two commits differ; a renamed one is there with both names. */
  readonly changedPaths: (from: string, to: string) => Promise<string[]>;
  /** Contents by blob id. */
  readonly blobs: (ids: readonly string[]) => Promise<Map<string, Buffer>>;
}

/** `onDamage` is called when a command failed in a way that only a fresh clone mends. */
export function createGitReader(
  { dir, limits, facts, runner }: Pick<GitMirrorOptions, "dir" | "limits" | "facts" | "runner">,
  onDamage: () => void,
): GitReader {
  async function run<T>(ask: (common: Common, signal: AbortSignal) => Promise<T>): Promise<T> {
    if (!existsSync(dir)) throw new GitError("transient", "the mirror is not there yet");
    const bound = new AbortController();
    const timer = setTimeout(() => bound.abort(), limits.readMs);
    try {
      return await ask({ dir, protocols: [], config: {}, idleMs: limits.idleMs }, bound.signal);
    } catch (error) {
      const failure = readFailure(error);
      if (failure.kind === "damaged") onDamage();
      throw failure.error;
    } finally {
      clearTimeout(timer);
    }
  }

  const printed = (args: readonly string[]): Promise<string> =>
    run((common, signal) => runner.text({ ...common, args, bytesMax: PRINTED_BYTES_MAX }, signal));

  const known = (args: readonly string[], ask: () => Promise<string>): Promise<string> =>
    facts.text([dir, ...args].join("\0"), ask);

  async function listed(commit: string, within: readonly string[]): Promise<TreeEntry[]> {
    const args = ["ls-tree", "-r", "-l", "-z", "--full-tree", checkedCommit(commit), "--", ...within];
    return parseTreeListing(await known(args, () => printed(args)), limits.entries);
  }

  const line = async (args: readonly string[]): Promise<string> => (await printed(args)).trim();

  return {
    line,

    fact: (args) => known(args, () => line(args)),

    succeeds: async (args) =>
      (await known(args, () =>
        run(async (common, signal) => {
          return (await saysYes(runner.text({ ...common, args }, signal))) ? "yes" : "no";
        }),
      )) === "yes",

    list: async (commit, folder) => listed(commit, folder === "." ? [] : [`${checkedPath(folder)}/`]),

    async listFiles(commit, paths) {
      const wanted = new Set(paths.map(checkedPath));
      if (wanted.size === 0) return [];
      return (await listed(commit, [...wanted])).filter(({ path }) => wanted.has(path));
    },

    async changedPaths(from, to) {
      const options = ["-r", "-z", "--name-only", "--no-renames", "--no-commit-id"];
      const args = ["diff-tree", ...options, checkedCommit(from), checkedCommit(to)];
      const output = await known(args, () => printed(args));
      return output.split("\0").filter((path) => path !== "");
    },

    async blobs(ids) {
      return facts.blobs([...new Set(ids)], async (unknown) => {
        const output = await run((common, signal) =>
          runner.bytes(
            { ...common, args: ["cat-file", "--batch"], input: `${unknown.join("\n")}\n` },
            signal,
          ),
        );
        try {
          return parseBlobBatch(output);
        } catch (error) {
          onDamage();
          throw error;
        }
      });
    },
  };
}

/** git says no by exit code 1 without a message. */
async function saysYes(output: PromiseLike<string>): Promise<boolean> {
  try {
    await output;
    return true;
  } catch (error) {
    if (error instanceof GitExit && error.exitCode === 1 && error.stderr === "") return false;
    throw error;
  }
}

import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { GitMirror, TreeEntry } from "#domain/ports.ts";
import { checkedCommit, checkedPath, checkedRef } from "./checked-ref.ts";
import { fetchInto } from "./fetch-into.ts";
import { GitError } from "./git-error.ts";
import { fetchFailure } from "./git-failure.ts";
import { type GitReader, createGitReader } from "./git-reader.ts";
import { type KnownCommits, knownCommits } from "./known-commits.ts";
import { knownListing } from "./known-listing.ts";
import { knownRefs } from "./known-refs.ts";
import { messageReader } from "./message-reader.ts";
import type { GitMirrorOptions } from "./git-mirror-options.ts";
import { sharedRun } from "./shared-run.ts";
import { writeCheckout } from "./write-checkout.ts";

/** Up to so many files are asked for by name; for more the whole folder is listed. */
const filesAskedFor = 50;

/**
 * A mirror on disk, read with git's own commands. Nothing is fetched until the first `sync`. A damaged mirror (killed in
 * the middle, lock files left behind) is cloned again by the sync that notices, and swapped in when it is complete.
 * Methods throw `GitError`.
 */
export function createGitMirror(options: GitMirrorOptions): GitMirror {
  const { dir, limits } = options;
  const health = { damaged: false };
  const commits = knownCommits();
  const refs = knownRefs();
  const reader = createGitReader(options, () => {
    health.damaged = true;
  });
  const { line, fact, blobs } = reader;
  const listing = knownListing({
    all: (commit) => reader.list(commit, "."),
    some: reader.listFiles,
    changed: reader.changedPaths,
  });
  const list = (commit: string, folder: string): Promise<TreeEntry[]> =>
    folder === "." ? listing.list(commit) : reader.list(commit, folder);

  return {
    ...messageReader(fact),
    ...commitFacts(fact),
    sync: sharedRun(async () => {
      refs.forget();
      await fetchOrClone(options, health, commits).finally(() => refs.forget());
    }),
    list,

    async has(commit) {
      if (!existsSync(dir)) return false;
      if (commits.has(commit) && !health.damaged) return true;
      const found = await line(["rev-list", "--no-walk", "--ignore-missing", checkedCommit(commit), "--"]);
      if (found === "") return false;
      commits.add(commit);
      return true;
    },

    resolve: (ref) =>
      refs.of(ref, async () => {
        // Unlike rev-parse, this tells a ref whose object is lost from a ref that is not there.
        const output = await line([
          "for-each-ref",
          "--format=%(objecttype) %(objectname) %(refname)",
          checkedRef(ref),
        ]);
        const [type, id, name] = output.split(" ");
        if (type !== "commit" || name !== ref || id === undefined) return null;
        commits.add(id);
        return id;
      }),

    async isAncestor(ancestor, descendant) {
      const args = ["merge-base", "--is-ancestor", checkedCommit(ancestor), checkedCommit(descendant)];
      return reader.succeeds(args);
    },

    async read(commit, paths, bytesMax) {
      const wanted = new Set(paths.map(checkedPath));
      if (wanted.size === 0) return new Map();
      const listed =
        listing.kept(commit) ??
        (wanted.size <= filesAskedFor
          ? await reader.listFiles(commit, [...wanted])
          : await list(commit, commonFolder([...wanted])));
      const entries = listed.filter(
        (entry) => wanted.has(entry.path) && entry.mode.startsWith("100") && entry.bytes <= bytesMax,
      );
      const bytes = entries.reduce((sum, entry) => sum + entry.bytes, 0);
      if (bytes > limits.readBytes)
        throw new GitError("terminal", `${bytes} bytes are too much to read at once`);
      return textsOf(entries, await blobs(entries.map((entry) => entry.id)));
    },

    async checkout(commit, folder) {
      const entries = await list(commit, ".");
      await writeCheckout(folder, entries, blobs, limits.checkout);
    },
  };
}

/** What a commit's id alone decides. */
function commitFacts(
  fact: GitReader["fact"],
): Pick<GitMirror, "treeId" | "history" | "firstParentCount" | "committedAtMs"> {
  return {
    treeId: (commit) =>
      fact(["rev-parse", "--verify", "--end-of-options", `${checkedCommit(commit)}^{tree}`]),

    async history(commit, path, max) {
      const within = path === "." ? [] : [checkedPath(path)];
      const count = `--max-count=${Math.max(0, Math.floor(max))}`;
      const output = await fact(["rev-list", count, checkedCommit(commit), "--", ...within]);
      return output === "" ? [] : output.split("\n");
    },

    firstParentCount: async (commit) =>
      Number(await fact(["rev-list", "--count", "--first-parent", checkedCommit(commit)])),

    committedAtMs: async (commit) =>
      Number(await fact(["log", "-1", "--format=%ct", checkedCommit(commit), "--"])) * 1000,
  };
}

async function fetchOrClone(
  options: GitMirrorOptions,
  health: { damaged: boolean },
  commits: KnownCommits,
): Promise<void> {
  const { dir, logger } = options;
  if (health.damaged || !existsSync(join(dir, "HEAD"))) {
    await replaceByClone(options);
    commits.forget();
    health.damaged = false;
    return;
  }
  try {
    await fetchInto(dir, options);
  } catch (error) {
    const failure = fetchFailure(error);
    if (failure.kind === "other") throw failure.error;
    logger.warn({ err: failure.error, dir }, "the git mirror is damaged and is cloned again");
    await replaceByClone(options);
    commits.forget();
  }
}

/** Clones beside the mirror and swaps when complete, so that readers never see half of one. */
async function replaceByClone(options: GitMirrorOptions): Promise<void> {
  const { dir } = options;
  const fresh = `${dir}.new`;
  const old = `${dir}.old`;
  try {
    await rm(fresh, { recursive: true, force: true });
    await rm(old, { recursive: true, force: true });
    await mkdir(fresh, { recursive: true, mode: 0o700 });
    await fetchInto(fresh, options);
    if (existsSync(dir)) await rename(dir, old);
    await rename(fresh, dir);
  } catch (error) {
    throw fetchFailure(error).error;
  } finally {
    await rm(fresh, { recursive: true, force: true });
    await rm(old, { recursive: true, force: true });
  }
}

function commonFolder(paths: readonly string[]): string {
  const folders = new Set(paths.map((path) => path.split("/").slice(0, -1).join("/")));
  const [only] = folders;
  return folders.size === 1 && only !== undefined && only !== "" ? only : ".";
}

function textsOf(entries: readonly TreeEntry[], blobs: Map<string, Buffer>): Map<string, string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const texts = new Map<string, string>();
  for (const entry of entries) {
    const blob = blobs.get(entry.id);
    if (blob === undefined) throw new GitError("transient", `the mirror lacks the content of ${entry.path}`);
    if (blob.includes(0)) continue;
    try {
      texts.set(entry.path, decoder.decode(blob));
    } catch {
      // Not UTF-8: binary for our purposes.
    }
  }
  return texts;
}

import { mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { join, posix } from "node:path";
import type { TreeEntry } from "#domain/ports.ts";
import { assertNever } from "#domain/assert-never.ts";
import { GitError } from "./git-error.ts";

const WRITES_AT_ONCE = 32;
const BATCH_BYTES_MAX = 32 * 1024 * 1024;
const BATCH_ENTRIES_MAX = 5_000;
const LINK_BYTES_MAX = 4096;

export interface CheckoutLimits {
  readonly files: number;
  readonly bytes: number;
}

/** Contents by blob id. */
export type ReadBlobs = (ids: readonly string[]) => Promise<Map<string, Buffer>>;

/**
 * Writes files, byte for byte as committed, into a folder that is absent or empty. Symbolic links come last and only
 * point to places inside, so no file is ever written through one. Throws a terminal GitError for what it refuses.
 */
export async function writeCheckout(
  folder: string,
  entries: readonly TreeEntry[],
  readBlobs: ReadBlobs,
  limits: CheckoutLimits,
): Promise<void> {
  refuseOverLimits(entries, limits);
  await mkdir(folder, { recursive: true });
  const present = await readdir(folder);
  if (present.length > 0) throw new GitError("terminal", "the folder to check out into is not empty");

  const folders = new Set(entries.map((entry) => posix.dirname(entry.path)));
  await inParallel([...folders], async (path) => {
    await mkdir(join(folder, path), { recursive: true });
  });
  const links = entries.filter((entry) => entry.mode === "120000");
  for (const batch of batches(entries.filter((entry) => entry.mode !== "120000"))) {
    const blobs = await readBlobs(batch.map((entry) => entry.id));
    await inParallel(batch, (entry) => writeEntry(folder, entry, contentOf(blobs, entry)));
  }
  for (const batch of batches(links)) {
    const blobs = await readBlobs(batch.map((entry) => entry.id));
    await inParallel(batch, (entry) => writeEntry(folder, entry, contentOf(blobs, entry)));
  }
}

/**
 * Whether a link at `path` with this target stays inside whatever other links there are: relative, ".." only at its
 * start and no more often than the link is deep. Then the climb passes real folders only, and each link met on the way
 * down has the same property.
 */
export function linkStaysInside(path: string, target: string): boolean {
  if (target === "" || target.startsWith("/") || target.includes("\0")) return false;
  const parts = target.split("/").filter((part) => part !== "" && part !== ".");
  const firstDown = parts.findIndex((part) => part !== "..");
  const climb = firstDown === -1 ? parts.length : firstDown;
  const depth = path.split("/").length - 1;
  return climb <= depth && !parts.slice(climb).includes("..");
}

function refuseOverLimits(entries: readonly TreeEntry[], limits: CheckoutLimits): void {
  const submodule = entries.find((entry) => entry.mode === "160000");
  if (submodule !== undefined) {
    throw new GitError(
      "terminal",
      `${JSON.stringify(submodule.path)} is a git submodule, which is not supported`,
    );
  }
  if (entries.length > limits.files) {
    throw new GitError("terminal", `the commit holds ${entries.length} files, more than ${limits.files}`);
  }
  const bytes = entries.reduce((sum, entry) => sum + entry.bytes, 0);
  if (bytes > limits.bytes) {
    throw new GitError("terminal", `the commit holds ${bytes} bytes, more than ${limits.bytes}`);
  }
  const longLink = entries.find((entry) => entry.mode === "120000" && entry.bytes > LINK_BYTES_MAX);
  if (longLink !== undefined) {
    throw new GitError("terminal", `the symbolic link ${JSON.stringify(longLink.path)} has an absurd target`);
  }
}

function* batches(entries: readonly TreeEntry[]): Generator<TreeEntry[]> {
  let batch: TreeEntry[] = [];
  let bytes = 0;
  for (const entry of entries) {
    if (batch.length > 0 && (bytes + entry.bytes > BATCH_BYTES_MAX || batch.length >= BATCH_ENTRIES_MAX)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(entry);
    bytes += entry.bytes;
  }
  if (batch.length > 0) yield batch;
}

async function writeEntry(folder: string, entry: TreeEntry, content: Buffer): Promise<void> {
  const path = join(folder, entry.path);
  switch (entry.mode) {
    case "100644":
      return writeFile(path, content, { flag: "wx", mode: 0o644 });
    case "100755":
      return writeFile(path, content, { flag: "wx", mode: 0o755 });
    case "120000": {
      const target = content.toString("utf8");
      if (!linkStaysInside(entry.path, target)) {
        throw new GitError(
          "terminal",
          `the symbolic link ${JSON.stringify(entry.path)} leaves the repository`,
        );
      }
      return symlink(target, path);
    }
    case "160000":
      throw new GitError("terminal", `${JSON.stringify(entry.path)} is a git submodule`);
    default:
      return assertNever(entry.mode);
  }
}

function contentOf(blobs: Map<string, Buffer>, entry: TreeEntry): Buffer {
  const content = blobs.get(entry.id);
  if (content === undefined) throw new GitError("transient", `the mirror lacks the content of ${entry.path}`);
  return content;
}

/** Acts on all items, several at a time. After a failure no new one is begun, and the failure comes when all rest. */
async function inParallel<T>(items: readonly T[], act: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  const failures: unknown[] = [];
  const worker = async (): Promise<void> => {
    for (const item of queue) {
      if (failures.length > 0) return;
      await act(item).catch((error: unknown) => failures.push(error));
    }
  };
  await Promise.all(Array.from({ length: Math.min(WRITES_AT_ONCE, items.length) }, worker));
  if (failures.length > 0) throw writeFailure(failures[0]);
}

/** One name twice in a tree, or a name too long for the disk, is the commit's fault; a full disk is not. */
function writeFailure(error: unknown): unknown {
  if (typeof error !== "object" || error === null || !("code" in error)) return error;
  const ofCommit = ["EEXIST", "EISDIR", "ENOTDIR", "ENAMETOOLONG", "EINVAL"].includes(String(error.code));
  return new GitError(ofCommit ? "terminal" : "transient", `the checkout failed: ${String(error.code)}`, {
    cause: error,
  });
}

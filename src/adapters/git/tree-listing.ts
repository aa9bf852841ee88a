import type { TreeEntry } from "#domain/ports.ts";
import { staysInside } from "./checked-ref.ts";
import { GitError } from "./git-error.ts";

/**
 * The files in the output of `git ls-tree -r -l -z`. Throws a terminal GitError for a tree that holds paths which would
 * leave its folder, and a transient one for an output that was cut off.
 */
export function parseTreeListing(output: string, entriesMax: number): TreeEntry[] {
  if (output === "") return [];
  const records = output.split("\0");
  if (records.pop() !== "") throw new GitError("transient", "git's list of files was cut off");
  if (records.length > entriesMax) {
    throw new GitError("terminal", `the commit holds ${records.length} files, more than ${entriesMax}`);
  }
  return records.map(parseRecord);
}

function parseRecord(record: string): TreeEntry {
  const match = /^(\d{6}) (?:blob|commit) ([0-9a-f]+) +(\d+|-)\t(.+)$/s.exec(record);
  const [, mode, id, size, path] = match ?? [];
  if (mode === undefined || id === undefined || size === undefined || path === undefined) {
    throw new GitError("transient", "git's list of files has a line that is not understood");
  }
  if (!staysInside(path)) {
    throw new GitError(
      "terminal",
      `the commit holds the forbidden path ${JSON.stringify(path.slice(0, 200))}`,
    );
  }
  return { path, mode: knownMode(mode), id, bytes: size === "-" ? 0 : Number(size) };
}

function knownMode(mode: string): TreeEntry["mode"] {
  switch (mode) {
    case "100755":
    case "120000":
    case "160000":
      return mode;
    default:
      // Old tools wrote 100664; git itself reads every other file mode as a plain file.
      return "100644";
  }
}

import { GitError } from "./git-error.ts";

const NEWLINE = 10;

/**
 * The blobs in the output of `git cat-file --batch`, by id. Throws a transient GitError when the output is cut off or
 * an object is missing: the mirror is damaged and heals with its next sync.
 */
export function parseBlobBatch(output: Buffer): Map<string, Buffer> {
  const blobs = new Map<string, Buffer>();
  let position = 0;
  while (position < output.length) {
    const headerEnd = output.indexOf(NEWLINE, position);
    if (headerEnd === -1) throw new GitError("transient", "git's output of blobs was cut off");
    const header = output.toString("utf8", position, headerEnd);
    const match = /^([0-9a-f]+) blob (\d+)$/.exec(header);
    const [, id, size] = match ?? [];
    if (id === undefined || size === undefined) {
      throw new GitError("transient", `the mirror is damaged: ${header.slice(0, 200)}`);
    }
    const end = headerEnd + 1 + Number(size);
    if (output[end] !== NEWLINE) throw new GitError("transient", "git's output of blobs was cut off");
    blobs.set(id, output.subarray(headerEnd + 1, end));
    position = end + 1;
  }
  return blobs;
}

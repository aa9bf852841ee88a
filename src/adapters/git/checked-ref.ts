import { GitError } from "./git-error.ts";

const REF_LENGTH_MAX = 512;
const PATH_LENGTH_MAX = 4096;

/**
 * The same text when it is a full ref name ("refs/heads/main"), by the rules of git-check-ref-format and with no
 * leading dash in any part. Throws a terminal GitError otherwise.
 */
export function checkedRef(ref: string): string {
  const wellFormed =
    ref.length <= REF_LENGTH_MAX &&
    ref.startsWith("refs/") &&
    !hasControlCharacter(ref) &&
    !/[ ~^:?*[\\]/.test(ref) &&
    !ref.includes("..") &&
    !ref.includes("@{") &&
    !ref.endsWith(".") &&
    ref
      .split("/")
      .every(
        (part) => part !== "" && !part.startsWith(".") && !part.startsWith("-") && !part.endsWith(".lock"),
      );
  if (!wellFormed) throw new GitError("terminal", `${JSON.stringify(ref)} is not a full name of a ref`);
  return ref;
}

/** The same text when it is a whole SHA-1 or SHA-256 object id in lower case. Throws a terminal GitError otherwise. */
export function checkedCommit(commit: string): string {
  if (!/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(commit)) {
    throw new GitError("terminal", `${JSON.stringify(commit)} is not a whole commit id`);
  }
  return commit;
}

/**
 * The same text when it is a relative path that stays inside its repository, in the form git uses: "a/b", no "." or
 * ".." parts, no control characters. Throws a terminal GitError otherwise.
 */
export function checkedPath(path: string): string {
  if (hasControlCharacter(path) || path.startsWith("-") || !staysInside(path)) {
    throw new GitError("terminal", `${JSON.stringify(path.slice(0, 200))} is not a path inside a repository`);
  }
  return path;
}

/** Whether a path read from a git tree may be written under a folder: relative, no traversal, nothing of ".git". */
export function staysInside(path: string): boolean {
  return (
    path.length <= PATH_LENGTH_MAX &&
    !path.includes("\0") &&
    path
      .split("/")
      .every((part) => part !== "" && part !== "." && part !== ".." && part.toLowerCase() !== ".git")
  );
}

function hasControlCharacter(text: string): boolean {
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code < 0x20 || code === 0x7f) return true;
  }
  return false;
}

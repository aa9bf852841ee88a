import { GitError, GitExit } from "./git-error.ts";

/** Why a git process failed: `damaged` means the mirror itself, which only a fresh clone mends. */
export type GitFailure =
  | { readonly kind: "damaged"; readonly error: GitError }
  | { readonly kind: "other"; readonly error: GitError };

const NOT_FOUND =
  /repository '.*' not found|requested url returned error: 404|does not appear to be a git repository/i;
const TRANSPORT =
  /unable to access|could not resolve|could not read from remote|could not read username|authentication failed|terminal prompts disabled|requested url returned error|rpc failed|early eof|remote end hung up|unexpected disconnect|connection (?:reset|refused|timed out)|protocol error|expected flush|remote error|remote:|transport '.*' not allowed|no space left/i;
const UNKNOWN_OBJECT =
  /not a valid object name|not a valid commit name|bad revision|unknown revision|bad object|needed a single revision|not a tree object/i;

/** Judges a failed fetch. What is not known to come from the network is taken for damage, which a clone heals. */
export function fetchFailure(error: unknown): GitFailure {
  if (error instanceof GitError) return { kind: "other", error };
  if (!(error instanceof GitExit) || error.exitCode === null)
    return { kind: "other", error: interrupted(error) };
  const message = `git fetch failed: ${firstLines(error.stderr)}`;
  if (NOT_FOUND.test(error.stderr)) {
    return { kind: "other", error: new GitError("terminal", message, { cause: error }) };
  }
  const transient = new GitError("transient", message, { cause: error });
  return { kind: TRANSPORT.test(error.stderr) ? "other" : "damaged", error: transient };
}

/** Judges a failed read of the mirror. */
export function readFailure(error: unknown): GitFailure {
  if (error instanceof GitError) return { kind: "other", error };
  if (!(error instanceof GitExit) || error.exitCode === null)
    return { kind: "other", error: interrupted(error) };
  const message = `git failed: ${firstLines(error.stderr)}`;
  if (UNKNOWN_OBJECT.test(error.stderr)) {
    return { kind: "other", error: new GitError("terminal", message, { cause: error }) };
  }
  return { kind: "damaged", error: new GitError("transient", message, { cause: error }) };
}

function interrupted(error: unknown): GitError {
  return new GitError("transient", error instanceof Error ? error.message : String(error), { cause: error });
}

function firstLines(text: string): string {
  return text.split("\n").slice(0, 3).join(" ").slice(0, 500);
}

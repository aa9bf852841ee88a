/**
 * A git operation that failed. `transient`: the same call may succeed later (network, server, time-out, a mirror that
 * is being healed). `terminal`: the same call fails again (unknown commit, refused content, repository not found).
 */
export class GitError extends Error {
  readonly kind: "transient" | "terminal";
  constructor(kind: "transient" | "terminal", message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "GitError";
    this.kind = kind;
  }
}

/** How one git process ended badly. `exitCode` is git's own, or null when a signal ended it. */
export class GitExit extends Error {
  readonly exitCode: number | null;
  readonly stderr: string;
  constructor(exitCode: number | null, stderr: string) {
    super(stderr === "" ? `git ended with code ${exitCode}` : stderr);
    this.name = "GitExit";
    this.exitCode = exitCode;
    this.stderr = stderr;
  }
}

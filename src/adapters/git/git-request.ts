/** One git command on one bare repository, in words that travel between processes. */
export interface GitRequest {
  /** The bare repository; git is told it by name and never looks for one in the folders above. */
  readonly dir: string;
  /** Transports git may use, such as ["http", "https"]; empty for commands that need no network. */
  readonly protocols: readonly string[];
  /** Settings that last for this process alone. They travel in its environment, so `ps` does not show them. */
  readonly config: Readonly<Record<string, string>>;
  readonly args: readonly string[];
  /** Standard input; must not be empty where the command reads it. */
  readonly input?: string;
  /** Ended when it writes nothing for so long. */
  readonly idleMs: number;
  /** Ended when it prints more than this, if there is a bound. */
  readonly bytesMax?: number;
  readonly prints: "text" | "bytes";
}

export type GitOutcome =
  | { readonly kind: "printed"; readonly output: string | Uint8Array }
  /** `exitCode` is git's own, or null when a signal ended it. */
  | { readonly kind: "exited"; readonly exitCode: number | null; readonly stderr: string }
  | { readonly kind: "printedTooMuch" }
  /** Its time was over, or nobody waits for it any more. */
  | { readonly kind: "stopped" }
  | { readonly kind: "failed"; readonly message: string };

export type ToHelper =
  | { readonly kind: "run"; readonly id: number; readonly request: GitRequest }
  | { readonly kind: "stop"; readonly id: number };

export interface FromHelper {
  readonly id: number;
  readonly outcome: GitOutcome;
}

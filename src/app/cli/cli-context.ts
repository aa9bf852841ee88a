/** What a command may use of the world. */
export interface CliContext {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** All of standard input, for commands that are told to read it. */
  readonly stdin: () => Promise<string>;
  /** Results. */
  readonly out: (text: string) => void;
  /** Everything else that people read: errors, progress, logs. */
  readonly log: (text: string) => void;
  /** Whether `out` may carry colours. */
  readonly colour: boolean;
  /** Columns of the terminal that `out` is; null when it is none. */
  readonly width: number | null;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly fetch: typeof globalThis.fetch;
}

/** 0 yes or done; 1 no (invalid, failed, not reached); 2 wrong usage; 3 could not reach something. */
export type ExitCode = 0 | 1 | 2 | 3;

/** Ends a command with a message on stderr. */
export class CliError extends Error {
  readonly exitCode: ExitCode;
  constructor(exitCode: ExitCode, message: string) {
    super(message);
    this.name = "CliError";
    this.exitCode = exitCode;
  }
}

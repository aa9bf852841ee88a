/** One thing wrong with a file. Lines and columns count from 1; `code` is stable and documented. */
export interface Problem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly severity: "error" | "warning";
  readonly code: string;
  readonly message: string;
  /** What to write instead, where that is known. */
  readonly fix?: string;
}

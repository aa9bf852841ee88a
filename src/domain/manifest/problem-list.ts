import type { Position } from "./located-document.ts";
import type { ProblemCode } from "./problem-codes.ts";
import type { Problem } from "./problem.ts";

const PROBLEMS_MAX = 200;

/** Gathers the problems of one file, in the order of their positions, at most 200. */
export class ProblemList {
  readonly #file: string;
  readonly #problems: Problem[] = [];
  readonly #codes = new Set<ProblemCode>();
  #dropped = 0;

  constructor(file: string) {
    this.#file = file;
  }

  error(at: Position, code: ProblemCode, message: string, fix?: string | null): void {
    this.#add("error", at, code, message, fix);
  }

  warning(at: Position, code: ProblemCode, message: string, fix?: string | null): void {
    this.#add("warning", at, code, message, fix);
  }

  get hasErrors(): boolean {
    // What was dropped may have been an error, and is listed as one.
    return this.#dropped > 0 || this.#problems.some((problem) => problem.severity === "error");
  }

  hasAny(codes: ReadonlySet<ProblemCode>): boolean {
    return this.#codes.intersection(codes).size > 0;
  }

  sorted(): Problem[] {
    const all = this.#problems.toSorted((a, b) => a.line - b.line || a.column - b.column);
    if (this.#dropped === 0) return all;
    const last = all.at(-1);
    const at = { line: last?.line ?? 1, column: last?.column ?? 1 };
    const message = `and ${this.#dropped} more problems, which are not listed`;
    return [...all, { file: this.#file, ...at, severity: "error", code: "too-many-problems", message }];
  }

  #add(
    severity: Problem["severity"],
    at: Position,
    code: ProblemCode,
    message: string,
    fix?: string | null,
  ): void {
    this.#codes.add(code);
    if (this.#problems.length >= PROBLEMS_MAX) {
      this.#dropped += 1;
      return;
    }
    const problem: Problem = {
      file: this.#file,
      line: at.line,
      column: at.column,
      severity,
      code,
      message,
      ...(typeof fix === "string" ? { fix } : {}),
    };
    this.#problems.push(problem);
  }
}

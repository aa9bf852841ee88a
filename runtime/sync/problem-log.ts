import type { NodeProblem } from "#schemas/types.ts";

const PROBLEMS_MAX = 50;
const MESSAGE_LENGTH_MAX = 2000;

/** The newest problems of a node, newest last. One that comes again moves to the end instead of filling the list. */
export class ProblemLog {
  readonly #problems = new Map<string, NodeProblem>();

  /** Whether the problem is new to the list. */
  add(code: string, message: string, nowMs: number): boolean {
    const key = `${code}\n${message}`;
    const isNew = !this.#problems.delete(key);
    const clipped = message.slice(0, MESSAGE_LENGTH_MAX);
    this.#problems.set(key, { code, message: clipped, at: new Date(nowMs).toISOString() });
    const [oldest] = this.#problems.keys();
    if (this.#problems.size > PROBLEMS_MAX && oldest !== undefined) this.#problems.delete(oldest);
    return isNew;
  }

  list(): NodeProblem[] {
    return [...this.#problems.values()];
  }
}

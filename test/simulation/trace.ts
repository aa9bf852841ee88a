/** What happened in a run, line by line. Always hashed, so that two runs can be compared; kept only when asked for. */
export class Trace {
  readonly lines: string[] = [];
  readonly #keeps: boolean;
  #hash = 0x811c9dc5;
  #count = 0;

  constructor(keeps: boolean) {
    this.#keeps = keeps;
  }

  add(sinceStartMs: number, who: string, what: string): void {
    const line = `${(sinceStartMs / 1000).toFixed(3).padStart(9)}  ${who.padEnd(14)}  ${what}`;
    for (let index = 0; index < line.length; index += 1) {
      this.#hash = Math.imul(this.#hash ^ line.charCodeAt(index), 0x01000193);
    }
    this.#count += 1;
    if (this.#keeps) this.lines.push(line);
  }

  /** Equal for equal traces. */
  fingerprint(): string {
    return `${this.#count}-${(this.#hash >>> 0).toString(16)}`;
  }
}

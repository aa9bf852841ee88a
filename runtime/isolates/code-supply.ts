import type { RevisionSettings } from "#schemas/types.ts";
import type { CodeCache } from "./code-cache.ts";
import type { Compiler } from "./compiler.ts";
import { scriptFile } from "./script-file.ts";

const WAITING_MAX = 5000;

export interface CodeSupplyDeps {
  readonly cache: CodeCache;
  readonly compiler: Compiler;
  /** Milliseconds from the first use of a revision to its compilation: what serves goes first. */
  readonly compileAfterMs: number;
}

/** Compiled code for workers: what is on disk at once, and what is not, soon, for the next time. */
export class CodeSupply {
  readonly #deps: CodeSupplyDeps;
  readonly #waiting = new Map<string, NodeJS.Timeout>();
  readonly #making = new Set<Promise<void>>();
  #isDisposed = false;

  constructor(deps: CodeSupplyDeps) {
    this.#deps = deps;
  }

  /** Base64, or null: then the worker compiles for itself this once. */
  async codeFor(digest: string, source: string, { name, version }: RevisionSettings): Promise<string | null> {
    const code = await this.#deps.cache.get(digest);
    if (code !== null) return code.toString("base64");
    if (!this.#isDisposed && !this.#waiting.has(digest) && this.#waiting.size < WAITING_MAX) {
      const timer = setTimeout(() => {
        const making = this.#make(digest, source, scriptFile(name, version));
        this.#making.add(making);
        void making.finally(() => this.#making.delete(making));
      }, this.#deps.compileAfterMs);
      timer.unref();
      this.#waiting.set(digest, timer);
    }
    return null;
  }

  /** Settles when nothing more is written. */
  async dispose(): Promise<void> {
    this.#isDisposed = true;
    for (const timer of this.#waiting.values()) clearTimeout(timer);
    this.#waiting.clear();
    this.#deps.compiler.dispose();
    await Promise.all(this.#making);
  }

  async #make(digest: string, source: string, filename: string): Promise<void> {
    const code = await this.#deps.compiler.compile(source, filename);
    this.#waiting.delete(digest);
    if (code !== null && !this.#isDisposed) await this.#deps.cache.put(digest, code);
  }
}

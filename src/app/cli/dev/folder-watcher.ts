import { watch, type FSWatcher } from "node:fs";
import path from "node:path";

const QUIET_MS = 15;
const GATHER_MS_MAX = 100;
const FOLDERS_MAX = 4000;

/** Tells, gathered over a moment, which paths under some folders have changed, come or gone. */
export class FolderWatcher {
  readonly #onChange: (paths: ReadonlySet<string>) => void;
  readonly #onProblem: (message: string) => void;
  readonly #watchers = new Map<string, FSWatcher>();
  #changed = new Set<string>();
  #firstChangeMs = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(onChange: (paths: ReadonlySet<string>) => void, onProblem: (message: string) => void) {
    this.#onChange = onChange;
    this.#onProblem = onProblem;
  }

  /** Watches exactly these folders from now on, without what is below them. */
  watch(folders: readonly string[]): void {
    const wanted = new Set(folders.slice(0, FOLDERS_MAX));
    for (const [folder, watcher] of this.#watchers) {
      if (wanted.has(folder)) continue;
      watcher.close();
      this.#watchers.delete(folder);
    }
    for (const folder of wanted) if (!this.#watchers.has(folder)) this.#add(folder);
  }

  close(): void {
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  #add(folder: string): void {
    try {
      const watcher = watch(folder, (_event, name) => {
        this.#note(name === null ? folder : path.join(folder, name));
      });
      watcher.on("error", () => {
        watcher.close();
        this.#watchers.delete(folder);
        this.#note(folder);
      });
      this.#watchers.set(folder, watcher);
    } catch (error) {
      // A folder that has just gone is no problem; the folder above tells of it.
      const code = error instanceof Error && "code" in error ? error.code : null;
      if (code !== "ENOENT") this.#onProblem(`Changes in ${folder} go unnoticed: ${String(error)}`);
    }
  }

  #note(changed: string): void {
    const nowMs = performance.now();
    if (this.#changed.size === 0) this.#firstChangeMs = nowMs;
    this.#changed.add(changed);
    if (this.#timer !== null) clearTimeout(this.#timer);
    const isOverdue = nowMs - this.#firstChangeMs > GATHER_MS_MAX;
    this.#timer = setTimeout(
      () => {
        const paths = this.#changed;
        this.#changed = new Set();
        this.#timer = null;
        this.#onChange(paths);
      },
      isOverdue ? 0 : QUIET_MS,
    );
  }
}

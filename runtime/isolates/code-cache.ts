import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { mkdir, readdir, readFile, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { cachedDataVersionTag } from "node:v8";
import { errorMessage } from "../error-text.ts";
import { writeFileWhole } from "../sync/write-file-whole.ts";

const SEAL_BYTES = 32;
const ENTRY_BYTES_MAX = 16 * 1024 * 1024;
const FILE = /^[0-9a-f]{64}\.v8$/;

export interface CodeCacheDeps {
  /** A folder of the node's own; nobody else may write to it. */
  readonly folder: string;
  /** Secret of this node. Entries sealed with another are never used. */
  readonly sealKey: Uint8Array;
  /** The V8 flags of the processes that use the entries. */
  readonly flags: readonly string[];
  /** Bytes kept on disk, all entries together. */
  readonly bytesMax: number;
  readonly onProblem: (code: string, message: string) => void;
}

interface Entry {
  readonly bytes: number;
  usedMs: number;
}

/**
 * Compiled code by bundle digest, on disk. V8 runs whatever a code cache says, and tells two sources apart by their
 * length alone: so an entry counts only for the very digest, V8 and flags that it was made for, and only when this node
 * sealed it itself (CVE-2022-39266).
 */
export class CodeCache {
  readonly #deps: CodeCacheDeps;
  readonly #entries: Map<string, Entry>;
  readonly #nowMs: () => number;

  private constructor(deps: CodeCacheDeps, entries: Map<string, Entry>, nowMs: () => number) {
    this.#deps = deps;
    this.#entries = entries;
    this.#nowMs = nowMs;
  }

  /** Takes over what is in the folder. */
  static async open(deps: CodeCacheDeps, nowMs: () => number): Promise<CodeCache> {
    await mkdir(deps.folder, { recursive: true, mode: 0o700 });
    const entries = new Map<string, Entry>();
    for (const file of await readdir(deps.folder)) {
      const path = join(deps.folder, file);
      // What is left of a write that was cut short.
      if (!FILE.test(file)) await rm(path, { force: true, recursive: true });
      else {
        const { size, mtimeMs } = await stat(path);
        entries.set(file, { bytes: size, usedMs: mtimeMs });
      }
    }
    const cache = new CodeCache(deps, entries, nowMs);
    await cache.#evict();
    return cache;
  }

  /** The code made for this digest, or null. */
  async get(digest: string): Promise<Buffer | null> {
    const file = this.#fileOf(digest);
    const entry = this.#entries.get(file);
    if (entry === undefined) return null;
    const sealed = await readFile(join(this.#deps.folder, file)).catch(() => null);
    const code = sealed?.subarray(SEAL_BYTES);
    const seal = sealed?.subarray(0, SEAL_BYTES);
    const isGenuine =
      code !== undefined && seal?.length === SEAL_BYTES && timingSafeEqual(seal, this.#seal(file, code));
    if (!isGenuine) {
      this.#deps.onProblem("code_cache_refused", `${digest}: not an entry that this node made`);
      await this.#drop(file);
      return null;
    }
    entry.usedMs = this.#nowMs();
    const used = new Date(entry.usedMs);
    await utimes(join(this.#deps.folder, file), used, used).catch(() => {});
    return code;
  }

  /** Keeps code that a process of this node has just made under the same flags. Failing to is reported, and no more. */
  async put(digest: string, code: Uint8Array): Promise<void> {
    const file = this.#fileOf(digest);
    const bytes = code.byteLength + SEAL_BYTES;
    if (bytes > Math.min(ENTRY_BYTES_MAX, this.#deps.bytesMax)) return;
    try {
      const path = join(this.#deps.folder, file);
      await writeFileWhole(path, Buffer.concat([this.#seal(file, code), code]), 0o600);
      this.#entries.set(file, { bytes, usedMs: this.#nowMs() });
      await this.#evict();
    } catch (error) {
      this.#deps.onProblem("disk_write_failed", `keeping compiled code: ${errorMessage(error)}`);
    }
  }

  /** The least recently used go until the rest fits. */
  async #evict(): Promise<void> {
    let total = [...this.#entries.values()].reduce((sum, { bytes }) => sum + bytes, 0);
    if (total <= this.#deps.bytesMax) return;
    const byAge = [...this.#entries].sort(([, a], [, b]) => a.usedMs - b.usedMs);
    for (const [file, { bytes }] of byAge) {
      if (total <= this.#deps.bytesMax) return;
      await this.#drop(file);
      total -= bytes;
    }
  }

  async #drop(file: string): Promise<void> {
    this.#entries.delete(file);
    await rm(join(this.#deps.folder, file), { force: true }).catch(() => {});
  }

  #fileOf(digest: string): string {
    // The tag holds V8's version, its flags and the processor's features.
    const made = [digest, process.versions.v8, cachedDataVersionTag(), process.arch, ...this.#deps.flags];
    return `${createHash("sha256").update(JSON.stringify(made)).digest("hex")}.v8`;
  }

  #seal(file: string, code: Uint8Array): Buffer {
    return createHmac("sha256", this.#deps.sealKey).update(file).update(code).digest();
  }
}

import { mkdir, readFile, readdir, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { randomUUID } from "node:crypto";
import path from "node:path";
import type { Integrity } from "./integrity.ts";
import { matchesIntegrity } from "./integrity.ts";

/**
 * Tarballs by their own hash in one folder, shared by builds at the same time. What is read is checked again, so
 * that the cache can never change a build, only speed it up.
 */
export interface TarballCache {
  get(integrity: Integrity): Promise<Buffer | null>;
  put(integrity: Integrity, bytes: Buffer): Promise<void>;
  /** Removes the longest unused files until the folder is under its bound. */
  trim(): Promise<void>;
}

export function createTarballCache(dir: string, bytesMax: number): TarballCache {
  const fileOf = (integrity: Integrity): string =>
    path.join(dir, `${integrity.algorithm}-${Buffer.from(integrity.digest, "base64").toString("hex")}.tgz`);
  return {
    async get(integrity) {
      const file = fileOf(integrity);
      const bytes = await readFile(file).catch(() => null);
      if (bytes === null) return null;
      if (!matchesIntegrity(bytes, integrity)) {
        await rm(file, { force: true });
        return null;
      }
      const now = new Date();
      await utimes(file, now, now).catch(() => undefined);
      return bytes;
    },
    async put(integrity, bytes) {
      await mkdir(dir, { recursive: true });
      const temporary = path.join(dir, `${randomUUID()}.tmp`);
      await writeFile(temporary, bytes);
      await rename(temporary, fileOf(integrity));
    },
    async trim() {
      await trimFolder(dir, bytesMax);
    },
  };
}

async function trimFolder(dir: string, bytesMax: number): Promise<void> {
  const names = await readdir(dir).catch(() => []);
  const files = await Promise.all(
    names.map(async (name) => {
      const info = await stat(path.join(dir, name)).catch(() => null);
      return { name, bytes: info?.size ?? 0, usedMs: info?.mtimeMs ?? 0 };
    }),
  );
  let total = files.reduce((sum, file) => sum + file.bytes, 0);
  for (const file of files.sort((a, b) => a.usedMs - b.usedMs)) {
    if (total <= bytesMax) return;
    await rm(path.join(dir, file.name), { force: true });
    total -= file.bytes;
  }
}

import { randomUUID } from "node:crypto";
import { mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import type { BundleStore } from "#domain/ports.ts";
import type { Digest } from "#schemas/types.ts";
import { digestOf } from "./digest.ts";
import { errorCode } from "./error-code.ts";

/** Bundles as files `<hex>.js` in one folder. A file is whole and on disk before it has its name. */
export function createFolderBundleStore(dir: string): BundleStore {
  return {
    async put(bytes) {
      const digest = digestOf(bytes);
      const file = fileOf(dir, digest);
      const stored = await readFile(file).catch(ifMissing);
      // A damaged file is replaced: builds are deterministic, so these are the right bytes.
      if (stored === null || digestOf(stored) !== digest) await writeWhole(dir, file, bytes);
      return digest;
    },
    async get(digest) {
      const bytes = await readFile(fileOf(dir, digest)).catch(ifMissing);
      if (bytes === null) return null;
      const actual = digestOf(bytes);
      if (actual !== digest)
        throw new Error(`The stored bundle ${digest} is damaged: it hashes to ${actual}.`);
      return bytes;
    },
    has: (digest) => exists(fileOf(dir, digest)),
  };
}

/** Also keeps anything that is not a digest from becoming a path. */
function fileOf(dir: string, digest: Digest): string {
  const hex = /^sha256:([0-9a-f]{64})$/.exec(digest)?.[1];
  if (hex === undefined) throw new Error(`Not a digest: ${JSON.stringify(digest)}`);
  return path.join(dir, `${hex}.js`);
}

async function writeWhole(dir: string, file: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dir, { recursive: true });
  const temporary = path.join(dir, `.${randomUUID()}.tmp`);
  try {
    const handle = await open(temporary, "wx", 0o644);
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  // The name itself is durable only once its folder is.
  const folder = await open(dir, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function exists(file: string): Promise<boolean> {
  return (await stat(file).catch(ifMissing)) !== null;
}

function ifMissing(error: unknown): null {
  if (errorCode(error) === "ENOENT") return null;
  throw error;
}

import { randomUUID } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";

/** Writes to a temporary file beside the target and renames it, so that a reader sees the old or the new, whole. */
export async function writeFileWhole(
  path: string,
  content: string | Uint8Array,
  mode = 0o644,
): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    const file = await open(temporary, "w", mode);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

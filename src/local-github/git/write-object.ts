import { createHash, randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, rename, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { deflate } from "node:zlib";

const deflateAsync = promisify(deflate);

/**
 * Writes a loose object and gives its id. Done here and not by `git hash-object`, because a commit of many
 * files would start git as many times. Source: git's `Documentation/gitformat-loose` (header, zlib, sha1).
 */
export async function writeObject(
  directory: string,
  type: "blob" | "tree" | "commit",
  content: Buffer,
): Promise<string> {
  const whole = Buffer.concat([Buffer.from(`${type} ${content.length}\0`), content]);
  const oid = createHash("sha1").update(whole).digest("hex");
  const folder = path.join(directory, "objects", oid.slice(0, 2));
  const target = path.join(folder, oid.slice(2));
  if (existsSync(target)) return oid;
  await mkdir(folder, { recursive: true });
  const temporary = path.join(folder, `tmp_obj_${randomUUID()}`);
  await writeFile(temporary, await deflateAsync(whole, { level: 1 }), { mode: 0o444 });
  await rename(temporary, target);
  return oid;
}

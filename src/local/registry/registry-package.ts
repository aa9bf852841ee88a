import { createHash } from "node:crypto";
import { readFile, readdir } from "node:fs/promises";
import path from "node:path";
import { portableTar, type PackedFile } from "./portable-tar.ts";
import { storedGzip } from "./stored-gzip.ts";

/** One version of a package that the registry serves, packed when first asked for. */
export interface RegistryPackage {
  readonly name: string;
  readonly version: string;
  /** RFC 3339. */
  readonly publishedAt: string;
  readonly manifest: Readonly<Record<string, unknown>>;
  tarball(): Promise<PackedPackage>;
}

interface PackedPackage {
  readonly bytes: Buffer;
  /** "sha512-…", as lockfiles have it. */
  readonly integrity: string;
  /** SHA-1 in hexadecimal. */
  readonly shasum: string;
  readonly unpackedBytes: number;
  readonly fileCount: number;
}

/** A package from a folder that holds exactly what was, or would be, published; its own `node_modules` is not part of it. */
export async function packageFrom(folder: string, publishedAt: string): Promise<RegistryPackage> {
  const manifest: Record<string, unknown> = JSON.parse(
    await readFile(path.join(folder, "package.json"), "utf8"),
  );
  const { name, version } = manifest;
  if (typeof name !== "string" || typeof version !== "string") {
    throw new Error(`${folder}/package.json has no name or no version.`);
  }
  let packed: Promise<PackedPackage> | null = null;
  return { name, version, publishedAt, manifest, tarball: () => (packed ??= pack(folder)) };
}

async function pack(folder: string): Promise<PackedPackage> {
  const files = await filesUnder(folder, "");
  const bytes = storedGzip(portableTar(files));
  return {
    bytes,
    integrity: `sha512-${createHash("sha512").update(bytes).digest("base64")}`,
    shasum: createHash("sha1").update(bytes).digest("hex"),
    unpackedBytes: files.reduce((sum, file) => sum + file.bytes.length, 0),
    fileCount: files.length,
  };
}

async function filesUnder(folder: string, relative: string): Promise<PackedFile[]> {
  const entries = await readdir(path.join(folder, relative), { withFileTypes: true });
  const found: PackedFile[] = [];
  for (const entry of entries) {
    const file = relative === "" ? entry.name : `${relative}/${entry.name}`;
    if (entry.isDirectory() && entry.name !== "node_modules") found.push(...(await filesUnder(folder, file)));
    if (entry.isFile()) found.push({ path: file, bytes: await readFile(path.join(folder, file)) });
  }
  return found;
}

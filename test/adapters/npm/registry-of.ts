import { createHash } from "node:crypto";
import { startRegistry, type Registry } from "#local/registry.ts";
import { portableTar } from "#local/registry/portable-tar.ts";
import type { RegistryPackage } from "#local/registry/registry-package.ts";
import { storedGzip } from "#local/registry/stored-gzip.ts";

/** A registry that holds made-up packages: "name@version" and what else their package.json says. */
export function registryOf(packages: Readonly<Record<string, object>>): Promise<Registry> {
  return startRegistry({ port: 0, packages: Object.entries(packages).map(packageOf) });
}

function packageOf([id, more]: [string, object]): RegistryPackage {
  const at = id.lastIndexOf("@");
  const [name, version] = [id.slice(0, at), id.slice(at + 1)];
  const manifest = { name, version, license: "MIT", ...more };
  const file = { path: "package.json", bytes: Buffer.from(JSON.stringify(manifest)) };
  const bytes = storedGzip(portableTar([file]));
  const packed = {
    bytes,
    integrity: `sha512-${createHash("sha512").update(bytes).digest("base64")}`,
    shasum: createHash("sha1").update(bytes).digest("hex"),
    unpackedBytes: file.bytes.length,
    fileCount: 1,
  };
  const publishedAt = "2024-05-06T07:08:09.000Z";
  return { name, version, publishedAt, manifest, tarball: () => Promise.resolve(packed) };
}

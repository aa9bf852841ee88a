import { hash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { RegistryPackage } from "./registry/registry-package.ts";

export interface Registry {
  /** Without a slash at the end. */
  readonly url: string;
  close(): Promise<void>;
}

export interface RegistryOptions {
  /** 0 takes a free one. */
  readonly port: number;
  readonly packages: readonly RegistryPackage[];
}

/** A read-only npm registry on loopback: package documents and tarballs, enough for npm, arborist and our builder. */
export async function startRegistry({ port, packages }: RegistryOptions): Promise<Registry> {
  const byName = Map.groupBy(packages, ({ name }) => name);
  let url = "";
  const server = createServer((request, response) => {
    void answer(request, byName, url, response).catch((error: unknown) => {
      sendJson(response, 500, { error: error instanceof Error ? error.message : "unknown error" });
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The registry has no port.");
  url = `http://127.0.0.1:${address.port}`;
  return {
    url,
    async close() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

type PackagesByName = ReadonlyMap<string, readonly RegistryPackage[]>;

async function answer(
  { method = "GET", url: target = "/", headers }: IncomingMessage,
  byName: PackagesByName,
  url: string,
  response: ServerResponse,
): Promise<void> {
  if (method !== "GET" && method !== "HEAD") return sendJson(response, 405, { error: "read only" });
  const path = decoded(new URL(target, url).pathname).slice(1);
  if (path === "-/ping") return sendJson(response, 200, {});
  const [name = "", file] = path.split("/-/");
  const versions = byName.get(name);
  if (versions === undefined) return sendJson(response, 404, { error: "Not found" });
  if (file === undefined)
    return sendDocument(response, headers["if-none-match"], await packument(name, versions, url));
  const wanted = versions.find((item) => tarballName(item) === file);
  if (wanted === undefined) return sendJson(response, 404, { error: "Not found" });
  const { bytes } = await wanted.tarball();
  response.writeHead(200, {
    "content-type": "application/octet-stream",
    "content-length": bytes.length,
    "cache-control": "public, max-age=31536000, immutable",
  });
  response.end(method === "HEAD" ? undefined : bytes);
  return undefined;
}

/** Text that is not valid stays as it is, and names nothing. */
function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

async function packument(
  name: string,
  packages: readonly RegistryPackage[],
  url: string,
): Promise<Record<string, unknown>> {
  const versions: Record<string, unknown> = {};
  for (const item of packages) {
    const { integrity, shasum, unpackedBytes, fileCount } = await item.tarball();
    const tarball = `${url}/${name}/-/${tarballName(item)}`;
    versions[item.version] = {
      ...item.manifest,
      _id: `${name}@${item.version}`,
      dist: { tarball, integrity, shasum, unpackedSize: unpackedBytes, fileCount },
    };
  }
  const times = packages.map((item) => [item.version, item.publishedAt] as const);
  const ordered = times.map(([, at]) => at).sort();
  return {
    _id: name,
    name,
    "dist-tags": { latest: latestOf(packages).version },
    versions,
    time: { created: ordered.at(0), modified: ordered.at(-1), ...Object.fromEntries(times) },
  };
}

/** The last one published, as npm does it. */
function latestOf(packages: readonly RegistryPackage[]): RegistryPackage {
  return packages.reduce((best, item) => (item.publishedAt >= best.publishedAt ? item : best));
}

/** "@acme/edge-kit" 1.2.3 is served as "edge-kit-1.2.3.tgz", like on the public registry. */
function tarballName({ name, version }: RegistryPackage): string {
  return `${name.slice(name.indexOf("/") + 1)}-${version}.tgz`;
}

/** Nothing but "not modified" for whoever has it already. */
function sendDocument(response: ServerResponse, known: string | undefined, body: unknown): void {
  const etag = `"${hash("sha256", JSON.stringify(body)).slice(0, 32)}"`;
  response.setHeader("etag", etag);
  if (known === etag) response.writeHead(304).end();
  else sendJson(response, 200, body);
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(text),
  });
  response.end(text);
}

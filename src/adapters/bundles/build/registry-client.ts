import { setTimeout as delay } from "node:timers/promises";
import { BuildStop } from "./build-stop.ts";
import { buildLimits } from "./limits.ts";
import { isRecord } from "./package-file.ts";

/** A package that the registry cannot give us however often we ask; the caller knows who asked for it. */
export class PackageFault extends Error {
  readonly code: "package-not-found" | "package-too-large";
  constructor(code: PackageFault["code"], message: string) {
    super(message);
    this.name = "PackageFault";
    this.code = code;
  }
}

export interface RegistryClient {
  /** The tarball of a package; `resolved` as the lockfile has it, or null to ask the registry where it is. */
  tarball(name: string, version: string, resolved: string | null): Promise<Buffer>;
}

/** Talks to one registry only. Stops the build as `unavailable` when it cannot be reached or does not make sense. */
export function createRegistryClient(registryUrl: string): RegistryClient {
  const base = registryUrl.replace(/\/+$/, "");
  return {
    async tarball(name, version, resolved) {
      const address = resolved ?? (await tarballAddress(base, name, version));
      return fetchBytes(onRegistry(base, address), buildLimits.tarballBytesMax, `${name}@${version}`);
    },
  };
}

/** A lockfile written against the public registry works with any mirror that keeps its paths. */
function onRegistry(base: string, address: string): string {
  const url = new URL(address);
  return url.origin === new URL(base).origin ? address : `${base}${url.pathname}`;
}

async function tarballAddress(base: string, name: string, version: string): Promise<string> {
  const what = `${name}@${version}`;
  const url = `${base}/${encodeURIComponent(name).replace(/^%40/, "@")}`;
  const text = (await fetchBytes(url, buildLimits.packumentBytesMax, name)).toString("utf8");
  const packument: unknown = parsed(text);
  const versions = isRecord(packument) ? packument["versions"] : undefined;
  const manifest = isRecord(versions) ? versions[version] : undefined;
  if (!isRecord(manifest)) throw notFound(what);
  const dist = manifest["dist"];
  const address = isRecord(dist) ? dist["tarball"] : undefined;
  if (typeof address === "string" && URL.canParse(address)) return address;
  throw new BuildStop({ kind: "unavailable", message: `The registry's entry for ${what} names no tarball.` });
}

const attemptsMax = 3;
const attemptTimeoutMs = 20_000;

async function fetchBytes(url: string, bytesMax: number, what: string): Promise<Buffer> {
  let reason = "";
  for (let attempt = 1; attempt <= attemptsMax; attempt += 1) {
    try {
      const response = await fetch(url, {
        headers: { accept: "application/vnd.npm.install-v1+json, application/json, */*" },
        signal: AbortSignal.timeout(attemptTimeoutMs),
      });
      if (response.status === 404 || response.status === 410) throw notFound(what);
      if (response.ok) return await bounded(response, bytesMax, what);
      await response.body?.cancel();
      reason = `it answered ${response.status}`;
    } catch (error) {
      if (error instanceof PackageFault || error instanceof BuildStop) throw error;
      reason = causeOf(error);
    }
    if (attempt < attemptsMax) await delay(100 * 4 ** attempt);
  }
  throw new BuildStop({
    kind: "unavailable",
    message: `Could not get ${what} from the package registry: ${reason}.`,
  });
}

async function bounded(response: Response, bytesMax: number, what: string): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let total = 0;
  for await (const chunk of response.body ?? []) {
    total += chunk.byteLength;
    if (total > bytesMax) {
      const message = `What the registry sends for ${what} is larger than ${bytesMax / 1024 / 1024} MB.`;
      throw new PackageFault("package-too-large", message);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function notFound(what: string): PackageFault {
  return new PackageFault("package-not-found", `The registry does not have ${what}.`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown error";
  const { cause } = error;
  if (cause instanceof Error) {
    return "code" in cause && typeof cause.code === "string" ? cause.code : cause.message;
  }
  return error.name === "TimeoutError" ? "no answer in time" : error.message;
}

import type { Packument } from "pacote";
import { askReleases, type ReleasesAnswer } from "./ask-releases.ts";
import type { PublishedVersion } from "./published-version.ts";

/** Where packages come from, and the one memory of what it said that a whole run shares. */
export interface NpmRegistry {
  readonly url: string;
  /** What pacote and arborist take as options to speak to this registry only. */
  readonly options: RegistryOptions;
  /** Whether a version is there. Rejects when the registry gives no answer. */
  has(name: string, version: string): Promise<boolean>;
  /** One version, asked for once; null when there is no such package or version. Rejects when the registry gives no answer. */
  published(name: string, version: string): Promise<PublishedVersion | null>;
  /** All releases of a library, unless there is nothing new since the answer with that etag. Asks each time. */
  releases(name: string, etag: string | null): Promise<ReleasesAnswer>;
}

export interface RegistryOptions {
  readonly registry: string;
  /** A folder of the run's own: the user's cache and configuration take no part. */
  readonly cache: string;
  readonly packumentCache: Map<string, Packument>;
  readonly [key: string]: unknown;
}

export interface NpmRegistrySettings {
  readonly url: string;
  readonly cacheFolder: string;
  /** Sent to this registry alone; null when it is open. */
  readonly token: string | null;
}

const PACKUMENTS_MAX = 2_000;
const TIMEOUT_MS = 30_000;

export function createNpmRegistry({ url, cacheFolder, token }: NpmRegistrySettings): NpmRegistry {
  const base = url.replace(/\/*$/, "/");
  const { host, pathname } = new URL(base);
  const options: RegistryOptions = {
    registry: base,
    cache: cacheFolder,
    packumentCache: new BoundedMap(PACKUMENTS_MAX),
    timeout: TIMEOUT_MS,
    retry: { retries: 2, minTimeout: 200, maxTimeout: 2_000 },
    ...(token === null ? {} : { [`//${host}${pathname}:_authToken`]: token }),
  };
  const asked = new Map<string, Promise<PublishedVersion | null>>();
  return {
    url: base,
    options,
    async has(name, version) {
      const address = `${base}${name.replace("/", "%2f")}`;
      const found = await fetchPackument(address, token);
      if (found === null) return false;
      // Where pacote looks first, so that it need not ask again.
      options.packumentCache.set(`full:${address}`, found);
      return Object.hasOwn(found.versions, version);
    },
    // The name comes from what strangers deployed.
    releases: (name, etag) =>
      askReleases(`${base}${encodeURIComponent(name).replace(/^%40/, "@")}`, token, etag),
    published(name, version) {
      const key = `${name}@${version}`;
      const known = asked.get(key);
      if (known !== undefined) return known;
      const answer = ask(name, version, options);
      asked.set(key, answer);
      return answer;
    },
  };
}

async function fetchPackument(address: string, token: string | null): Promise<Packument | null> {
  const authorization = token === null ? {} : { authorization: `Bearer ${token}` };
  const headers = { accept: "application/json", "user-agent": "showrunner", ...authorization };
  const response = await fetch(address, {
    headers,
    redirect: "error",
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (response.status === 404) return null;
  if (!response.ok) throw new Error(`it answered ${response.status}`);
  const text = await response.text();
  const packument: Packument | null = JSON.parse(text);
  return typeof packument?.versions === "object" ? packument : null;
}

async function ask(
  name: string,
  version: string,
  options: RegistryOptions,
): Promise<PublishedVersion | null> {
  // Loaded here because it is large, and a run with nothing to do does without.
  const { default: pacote } = await import("pacote");
  let manifest: Readonly<Record<string, unknown>>;
  try {
    manifest = asRecord(await pacote.manifest(`${name}@${version}`, { ...options, fullMetadata: true }));
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : null;
    if (code === "E404" || code === "ETARGET" || code === "ENOVERSIONS") return null;
    throw error;
  }
  const { _resolved: resolved, _integrity: integrity, _time: time, homepage } = manifest;
  if (typeof resolved !== "string" || typeof integrity !== "string" || manifest["version"] !== version)
    return null;
  return {
    name,
    version,
    manifest,
    resolved,
    integrity,
    isFixed: manifest["_hasShrinkwrap"] === true || bringsPackages(manifest["bundleDependencies"]),
    publishedAt: typeof time === "string" ? time : null,
    homepage: typeof homepage === "string" && /^https?:\/\/[^\s<>"]+$/.test(homepage) ? homepage : null,
  };
}

function bringsPackages(bundled: unknown): boolean {
  return bundled === true || (Array.isArray(bundled) && bundled.length > 0);
}

function asRecord(value: object): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(value));
}

/** Forgets what was put in first. */
class BoundedMap extends Map<string, Packument> {
  readonly #max: number;

  constructor(max: number) {
    super();
    this.#max = max;
  }

  override set(key: string, value: Packument): this {
    super.set(key, value);
    if (this.size > this.#max) {
      for (const oldest of this.keys()) {
        this.delete(oldest);
        break;
      }
    }
    return this;
  }
}

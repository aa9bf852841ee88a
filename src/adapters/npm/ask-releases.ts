import type { LibraryRelease, LibraryReleases } from "#domain/campaign/library-releases.ts";

export type ReleasesAnswer =
  /** As it was when it gave that etag. */
  | { readonly kind: "unchanged" }
  | { readonly kind: "found"; readonly etag: string | null; readonly found: LibraryReleases }
  /** There is no such library, or this registry does not show it. */
  | { readonly kind: "absent" }
  /** `retryAfterMs` is how long it wants to be left alone; null where it does not say. */
  | { readonly kind: "unavailable"; readonly message: string; readonly retryAfterMs: number | null };

const TIMEOUT_MS = 30_000;
const BYTES_MAX = 64 * 1024 * 1024;
/** The newest count; a library that has more releases publishes every night. */
const RELEASES_MAX = 3_000;
const WORDS_MAX = 300;
const RETRY_AFTER_MS_MAX = 6 * 3_600_000;

/** Asks a registry for all releases of a library, with no answer to speak of where nothing is new since `etag`. */
export async function askReleases(
  address: string,
  token: string | null,
  etag: string | null,
): Promise<ReleasesAnswer> {
  try {
    const response = await fetch(address, {
      headers: {
        accept: "application/json",
        "user-agent": "showrunner",
        ...(token !== null && { authorization: `Bearer ${token}` }),
        ...(etag !== null && { "if-none-match": etag }),
      },
      redirect: "error",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (response.ok) {
      const text = await boundedText(response);
      if (text === null) return unavailable(`its answer is larger than ${BYTES_MAX / 1024 / 1024} MB`);
      const found = releasesIn(JSON.parse(text));
      return found === null
        ? unavailable("its answer is no package document")
        : { kind: "found", etag: etagOf(response), found };
    }
    await response.body?.cancel();
    if (response.status === 304) return { kind: "unchanged" };
    if ([401, 403, 404, 410].includes(response.status)) return { kind: "absent" };
    return { ...unavailable(`it answered ${response.status}`), retryAfterMs: retryAfterMs(response) };
  } catch (error) {
    return unavailable(error instanceof Error ? error.message : "no reason given");
  }
}

function unavailable(message: string): Extract<ReleasesAnswer, { kind: "unavailable" }> {
  return { kind: "unavailable", message, retryAfterMs: null };
}

function etagOf(response: Response): string | null {
  const etag = response.headers.get("etag");
  return etag === null || etag.length > 300 ? null : etag;
}

function retryAfterMs(response: Response): number | null {
  const seconds = Number(response.headers.get("retry-after") ?? "");
  return seconds > 0 ? Math.min(seconds * 1_000, RETRY_AFTER_MS_MAX) : null;
}

async function boundedText(response: Response): Promise<string | null> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > BYTES_MAX) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** The releases in a package document, newest first; null when it is none. */
export function releasesIn(document: unknown): LibraryReleases | null {
  const versions = field(document, "versions");
  if (typeof versions !== "object" || versions === null) return null;
  const times = field(document, "time");
  const latest = field(field(document, "dist-tags"), "latest");
  const releases = Object.entries(versions).map(([version, manifest]: [string, unknown]): LibraryRelease => {
    const time = field(times, version);
    const publishedAtMs = typeof time === "string" ? Date.parse(time) : Number.NaN;
    return {
      version: version.slice(0, 100),
      publishedAtMs: Number.isNaN(publishedAtMs) ? null : publishedAtMs,
      deprecated: deprecation(field(manifest, "deprecated")),
    };
  });
  const newest = releases.toSorted((a, b) => (b.publishedAtMs ?? 0) - (a.publishedAtMs ?? 0));
  return { latest: typeof latest === "string" ? latest : null, releases: newest.slice(0, RELEASES_MAX) };
}

/** Taking a deprecation back leaves empty text or false behind. */
function deprecation(words: unknown): string | null {
  if (words === true) return "";
  return typeof words === "string" && words !== "" ? words.slice(0, WORDS_MAX) : null;
}

function field(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
  return Reflect.get(value, name);
}

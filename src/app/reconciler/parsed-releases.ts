import { type Parsed, parseRelease } from "#domain/manifest/parse-manifest.ts";
import type { Release } from "#schemas/types.ts";

/** Three regions' releases of 10,000 scripts are 10,000 texts while nothing is on its way. */
const rememberedMax = 20_000;

/**
 * Good releases by their blob: the regions of a wave have the same text, which is read once. What a text may say depends
 * on its file's name, which is part of the key, and never on its region.
 */
export class ParsedReleases {
  readonly #known = new Map<string, Parsed<Release>>();

  /** `blob` is null where it is not known. */
  parse(text: string, path: string, blob: string | null): Parsed<Release> {
    if (blob === null) return parseRelease(text, path);
    const key = `${path.slice(path.lastIndexOf("/") + 1)} ${blob}`;
    const known = this.#known.get(key);
    if (known) return known;
    const parsed = parseRelease(text, path);
    if (!parsed.ok) return parsed;
    const [oldest] = this.#known.keys();
    if (this.#known.size >= rememberedMax && oldest !== undefined) this.#known.delete(oldest);
    this.#known.set(key, parsed);
    return parsed;
  }
}

import type { Parsed } from "#domain/manifest/parse-manifest.ts";
import type { Problem } from "#domain/manifest/problem.ts";
import type { GitMirror, TreeEntry } from "#domain/ports.ts";

export const fileBytesMax = 256 * 1024;
/** How many earlier commits of a broken file are tried for its last good text. */
const historyMax = 20;

/** What one text of a file came to: its manifest, or its last valid one's; null where there is none. */
export interface ReadFile<T> {
  /** Of the text's blob. */
  readonly id: string;
  readonly manifest: T | null;
  readonly text: string;
  readonly problems: readonly Problem[];
}

/** One commit of the fleet repository while it is read. */
export interface Reading {
  readonly mirror: GitMirror;
  readonly commit: string;
}

export type Entry = Pick<TreeEntry, "path" | "id">;

/** `blob` is the text's, where it is known. */
export type Parse<T> = (text: string, path: string, blob: string | null) => Parsed<T>;

/**
 * A file that is not valid comes to its last valid text, with its problems. `before` is what the file came to when it was
 * last read.
 */
export async function readFile<T>(
  { mirror, commit }: Reading,
  { path, id }: Entry,
  text: string | undefined,
  parse: Parse<T>,
  before: Pick<ReadFile<T>, "manifest" | "text"> | undefined,
): Promise<ReadFile<T>> {
  const parsed = text === undefined ? null : parse(text, path, id);
  if (text !== undefined && parsed?.ok) return { id, manifest: parsed.manifest, text, problems: [] };
  const problems = parsed && !parsed.ok ? parsed.problems : [];
  for (const candidate of await mirror.history(commit, path, historyMax)) {
    const earlier = (await mirror.read(candidate, [path], fileBytesMax)).get(path);
    if (earlier === undefined) continue;
    const good = parse(earlier, path, null);
    if (good.ok) return { id, manifest: good.manifest, text: earlier, problems };
  }
  // Broken many times in a row; a restart would lose it, a look at a longer history would cost every reader.
  if (before?.manifest) return { ...before, id, problems };
  return { id, manifest: null, text: "", problems };
}

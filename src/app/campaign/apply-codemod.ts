import pLimit from "p-limit";
import type { ForgeFile } from "#domain/campaign/upgrade-forge.ts";
import { folderOf, isSourceFile } from "#domain/campaign/project-layout.ts";
import type { NeededUpgrade } from "./make-commit.ts";
import type { UpgradeRun } from "./upgrade-run.ts";

const READS_AT_ONCE = 6;
const SOURCES_MAX = 500;
const SOURCE_CHARS_MAX = 512 * 1024;

export type CodemodSources =
  | {
      readonly kind: "applied";
      /** As the base branch has them. */
      readonly files: readonly ForgeFile[];
      /** New texts by path, of the files that differ. */
      readonly texts: ReadonlyMap<string, string>;
    }
  | { readonly kind: "impossible"; readonly reason: string };

/** Runs the campaign's codemod over the sources below each package.json that names the library. */
export async function applyCodemod(
  repository: string,
  tree: string,
  { changes, version }: NeededUpgrade,
  { codemod, forge, goal }: UpgradeRun,
): Promise<CodemodSources> {
  const folders = new Set(changes.flatMap(({ uses }) => uses.map(({ manifest }) => folderOf(manifest.path))));
  if (codemod === null || folders.size === 0) return { kind: "applied", files: [], texts: new Map() };
  const isMeant = (path: string): boolean =>
    isSourceFile(path) && [...folders].some((folder) => folder === "" || path.startsWith(`${folder}/`));
  const files = (await forge.files(repository, tree, "all")).filter(({ path }) => isMeant(path));
  if (files.length > SOURCES_MAX) {
    return { kind: "impossible", reason: `it has more than ${SOURCES_MAX} source files for the codemod` };
  }
  const limit = pLimit(READS_AT_ONCE);
  const read = await Promise.all(
    files.map(({ path, blob }) => limit(async () => ({ path, text: await forge.text(repository, blob) }))),
  );
  const given = read.filter(({ text }) => text.length <= SOURCE_CHARS_MAX);
  const ran = await codemod.run(goal.library, version, given);
  return ran.kind === "failed"
    ? { kind: "impossible", reason: ran.reason }
    : { kind: "applied", files, texts: ran.texts };
}

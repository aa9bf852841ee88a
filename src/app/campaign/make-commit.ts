import semver from "semver";
import { editProject } from "#adapters/npm/edit-project.ts";
import type { PublishedVersion } from "#adapters/npm/published-version.ts";
import type { Assessment } from "#domain/campaign/assess-repository.ts";
import { upgradeCommitMessage, type UpgradeMarker } from "#domain/campaign/upgrade-identity.ts";
import type { ForgeFile } from "#domain/campaign/upgrade-forge.ts";
import { upgradeTitle, type UpgradeTexts } from "#app/presentation/upgrade-pull-request.ts";
import { applyCodemod } from "./apply-codemod.ts";
import type { UpgradeRun } from "./upgrade-run.ts";

export type NeededUpgrade = Extract<Assessment, { kind: "needed" }>;

/** The base branch as the upgrade found it. */
export interface Base {
  readonly branch: string;
  readonly commit: string;
  readonly tree: string;
  readonly files: readonly ForgeFile[];
  readonly texts: ReadonlyMap<string, string>;
}

export type MadeCommit =
  | {
      readonly kind: "made";
      readonly commit: string;
      readonly tree: string;
      readonly paths: readonly string[];
      readonly marker: UpgradeMarker;
      readonly texts: UpgradeTexts;
    }
  | { readonly kind: "impossible"; readonly reason: string };

/** Edits the package files and commits them on top of the base branch, on no branch yet. */
export async function makeCommit(
  repository: string,
  base: Base,
  needed: NeededUpgrade,
  run: UpgradeRun,
): Promise<MadeCommit> {
  const edited = await editAll(base.texts, needed, run);
  if (edited.kind === "impossible") return edited;
  const sources = await applyCodemod(repository, base.tree, needed, run);
  if (sources.kind === "impossible") return sources;
  const texts = await upgradeTexts(needed, run);
  const { library, key } = run.goal;
  const byPath = new Map([...base.files, ...sources.files].map((file) => [file.path, file]));
  const files = [...edited.files, ...sources.texts].map(([path, text]) => ({
    path,
    text,
    mode: byPath.get(path)?.mode ?? "100644",
  }));
  const made = await run.forge.createCommit(repository, {
    parent: base.commit,
    baseTree: base.tree,
    files,
    message: (tree) => upgradeCommitMessage(upgradeTitle(texts), library, needed.version, tree),
  });
  const marker = {
    library,
    version: needed.version,
    aim: key,
    head: made.commit,
    base: base.commit,
    files: files.map(({ path }) => [path, byPath.get(path)?.blob ?? ""] as const),
  };
  return { kind: "made", ...made, paths: files.map(({ path }) => path), marker, texts };
}

/** What people read about an upgrade. */
export async function upgradeTexts(needed: NeededUpgrade, run: UpgradeRun): Promise<UpgradeTexts> {
  const { library, advisory } = run.goal;
  const published = await run.registry.published(library, needed.version);
  return {
    library,
    version: needed.version,
    changes: needed.changes,
    advisory,
    publishedAt: published?.publishedAt ?? null,
    homepage: published?.homepage ?? null,
    notes: needed.notes,
    evidence: run.evidence,
    reasons: await reasonsAgainst(needed, run),
    codemod: run.codemod?.path ?? null,
  };
}

/** What speaks against the versions that it gets away from. */
async function reasonsAgainst({ changes }: NeededUpgrade, run: UpgradeRun): Promise<UpgradeTexts["reasons"]> {
  const versions = changes.flatMap(({ uses, transitive }) => [
    ...uses.flatMap(({ locked }) => locked ?? []),
    ...transitive.map(({ from }) => from),
  ]);
  const reasons: { version: string; reason: string }[] = [];
  for (const version of new Set(versions)) {
    for (const reason of await run.reasonsAgainst(version)) reasons.push({ version, reason });
  }
  return reasons;
}

async function editAll(
  texts: ReadonlyMap<string, string>,
  needed: NeededUpgrade,
  run: UpgradeRun,
): Promise<
  | { readonly kind: "edited"; readonly files: ReadonlyMap<string, string> }
  | { kind: "impossible"; reason: string }
> {
  const { library } = run.goal;
  const files = new Map<string, string>();
  for (const change of needed.changes) {
    const targets = [...change.uses, ...change.transitive].map(({ to }) => to).sort(semver.rcompare);
    let published: PublishedVersion | null = null;
    for (const target of new Set(targets)) {
      const found = await run.registry.published(library, target);
      if (found === null) return { kind: "impossible", reason: `the registry has no ${library}@${target}` };
      published ??= found;
    }
    if (published === null) continue;
    const edited = await editProject(texts, change, library, published, run);
    if (edited.kind === "impossible") return edited;
    for (const [path, text] of edited.files) files.set(path, text);
  }
  if (files.size === 0) return { kind: "impossible", reason: "npm's resolver changed nothing" };
  return { kind: "edited", files };
}

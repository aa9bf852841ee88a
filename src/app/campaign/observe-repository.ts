import pLimit from "p-limit";
import { assessRepository, type Assessment } from "#domain/campaign/assess-repository.ts";
import type { ForgeFile } from "#domain/campaign/upgrade-forge.ts";
import type { UpgradeRun } from "./upgrade-run.ts";

/** A repository's package files as they are on the base branch, and what the goal means for them. */
export interface Observed {
  readonly assessment: Assessment;
  readonly texts: ReadonlyMap<string, string>;
}

const READS_AT_ONCE = 6;
const PROJECT_FILES_MAX = 2_000;
/** Names alone matter of other package managers' lockfiles. */
const UNREAD = /(?:^|\/)(?:yarn\.lock|pnpm-lock\.yaml|bun\.lockb?)$/;

/** Reads and assesses; equal trees with nothing to do are not read twice. */
export async function observeRepository(
  repository: string,
  tree: string,
  files: readonly ForgeFile[],
  run: UpgradeRun,
): Promise<Observed> {
  const key = `nothing-to-do ${tree} ${run.goal.key}`;
  const known = idleAssessment(run.facts.fact(key));
  if (known !== null) {
    run.facts.keepFact(key, known);
    return { assessment: known, texts: new Map() };
  }
  if (files.length > PROJECT_FILES_MAX) {
    const reason = `it has more than ${PROJECT_FILES_MAX} package files`;
    return { assessment: { kind: "cannot", reason }, texts: new Map() };
  }
  const limit = pLimit(READS_AT_ONCE);
  const read = files.map(({ path, blob }) =>
    limit(async () => [path, UNREAD.test(path) ? "" : await run.forge.text(repository, blob)] as const),
  );
  const texts = new Map(await Promise.all(read));
  const assessment = assessRepository(texts, run.goal.aim);
  if (idleAssessment(assessment) !== null) run.facts.keepFact(key, assessment);
  return { assessment, texts };
}

type IdleAssessment = Extract<Assessment, { kind: "absent" | "transitiveOnly" | "upToDate" | "untouched" }>;

function idleAssessment(value: unknown): IdleAssessment | null {
  if (typeof value !== "object" || value === null || !("kind" in value)) return null;
  const texts = (key: string): string[] | null => {
    const list: unknown = key in value ? Object.entries(value).find(([name]) => name === key)?.[1] : null;
    return Array.isArray(list) && list.every((item) => typeof item === "string") ? list : null;
  };
  switch (value.kind) {
    case "absent":
      return { kind: "absent" };
    case "transitiveOnly": {
      const versions = texts("versions");
      return versions === null ? null : { kind: "transitiveOnly", versions };
    }
    case "upToDate":
    case "untouched": {
      const notes = texts("notes");
      return notes === null ? null : { kind: value.kind, notes };
    }
    default:
      return null;
  }
}

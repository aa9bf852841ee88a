import type { ScriptRecord } from "#adapters/store/scripts.ts";
import type { ReconcilerContext } from "#app/reconciler/context.ts";
import type { CellRevisions } from "#domain/experiment/decide-experiment.ts";
import type { GitMirror } from "#domain/ports.ts";
import type { FleetSnapshot } from "#domain/reconcile/fleet-snapshot.ts";
import type { Revision } from "#domain/rollout/rollout-input.ts";
import type { Experiment } from "#schemas/types.ts";

type Cell = Experiment["cells"][number];

/**
 * What each cell runs: the base as it is, or the base's settings with the cell's values, on the cell's commit where it
 * names one. Limits, egress and secrets are always the base's. Throws when something cannot be built now.
 */
export async function cellRevisions(
  context: ReconcilerContext,
  snapshot: FleetSnapshot,
  script: ScriptRecord,
  { cells }: Experiment,
  base: Revision,
): Promise<CellRevisions> {
  const repository = await context.records.findRepository(script.repositoryId);
  if (!repository) return { kind: "refused", reason: "the script's repository is not known" };
  const mirror = context.mirrorOf(repository);
  const revisions: Revision[] = [];
  for (const cell of cells) {
    const found = await revisionOf(context, snapshot, { script, mirror, base }, cell);
    if (typeof found === "string") return { kind: "refused", reason: `cell ${cell.name}: ${found}` };
    revisions.push(found);
  }
  return { kind: "built", revisions };
}

interface CellBase {
  readonly script: ScriptRecord;
  readonly mirror: GitMirror;
  readonly base: Revision;
}

/** The revision, or why there is none. */
async function revisionOf(
  context: ReconcilerContext,
  snapshot: FleetSnapshot,
  { script, mirror, base }: CellBase,
  { commit = base.commit, values = {} }: Cell,
): Promise<Revision | string> {
  if (commit === base.commit && Object.keys(values).length === 0) return base;
  for (const needed of [base.commit, commit]) {
    if (await mirror.has(needed)) continue;
    await mirror.sync();
    if (!(await mirror.has(needed)))
      return `there is no commit ${needed.slice(0, 7)} in the script's repository`;
  }
  const { scripts } = await context.manifests.read(mirror, base.commit, snapshot, context.clock.now());
  const manifest = scripts.get(script.path);
  if (!manifest) return `there is no valid manifest at ${base.commit.slice(0, 7)}`;
  const { entry, settings } = manifest;
  const built = await context.builder.revision({
    mirror,
    commit,
    path: script.path,
    entry,
    settings:
      Object.keys(values).length === 0
        ? settings
        : { ...settings, values: { ...settings.values, ...values } },
  });
  if (built.kind === "built") return { digest: built.digest, commit };
  return built.problems[0]?.message ?? "it cannot be built";
}

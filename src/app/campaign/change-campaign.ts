import { assertNever } from "#domain/assert-never.ts";
import { withCampaignState } from "#domain/campaign/campaign-file.ts";
import type { CampaignFile, FleetSnapshot } from "#domain/reconcile/fleet-snapshot.ts";
import { type ChangeOutcome, commitOnNewest, type Proposal } from "#app/operations/commit-on-newest.ts";
import type { ReconcilerContext } from "#app/reconciler/context.ts";

type ChangeContext = Pick<ReconcilerContext, "records" | "queue" | "fleet" | "committer" | "clock">;

export type CampaignChange =
  | { readonly kind: "stop"; readonly reason: string }
  /** Stops it, and takes back what it shipped. `over` is the order of that kind whose place it takes; null for none. */
  | { readonly kind: "rollback"; readonly reason: string; readonly over: string | null }
  /** What was judged before does not stop it again. */
  | { readonly kind: "resume" };

interface Manner {
  readonly by: string;
  readonly cause: string;
  readonly evidence: object;
}

/** Stops a campaign, takes it back or lets it go on: one commit in the fleet repository, and one audit record. */
export function changeCampaign(
  context: ChangeContext,
  name: string,
  change: CampaignChange,
  how: Manner,
): Promise<ChangeOutcome> {
  return commitOnNewest<ChangeOutcome>(
    context,
    (snapshot) => propose(snapshot, name, change, how, context.clock.now()),
    () => record(context, name, change, how),
  );
}

function propose(
  snapshot: FleetSnapshot,
  name: string,
  change: CampaignChange,
  { by, cause }: Manner,
  nowMs: number,
): Proposal<ChangeOutcome> {
  const file = snapshot.campaigns.get(name);
  if (file === undefined) return { change: null, answer: unknownCampaign(snapshot, name) };
  const already = standsAlready(file, change);
  if (already !== null)
    return { change: null, answer: { kind: "nothingToDo", message: `${name} ${already} already` } };
  const at = new Date(nowMs).toISOString();
  const content = withCampaignState(
    file.text,
    change.kind === "resume"
      ? { resumedAt: at }
      : {
          stopped: {
            reason: change.reason.slice(0, 1_000),
            by: by.slice(0, 100),
            at,
            ...(change.kind === "rollback" && { rollback: true }),
          },
        },
  );
  return {
    change: {
      changes: [{ path: file.path, content }],
      restsOn: [],
      subject: `The campaign ${name} ${VERBS[change.kind]}`,
      cause: `${cause} by ${by}`,
    },
    answer: { kind: "done" },
  };
}

const VERBS = { stop: "is stopped", rollback: "is taken back", resume: "goes on" } as const;

/** Words for a state that the change would not alter; null when it would. */
function standsAlready({ campaign: { stopped } }: CampaignFile, change: CampaignChange): string | null {
  switch (change.kind) {
    case "stop":
      return stopped === undefined ? null : "is stopped";
    case "resume":
      return stopped === undefined ? "is running" : null;
    case "rollback":
      return stopped?.rollback === true && stopped.at !== change.over ? "is taken back" : null;
    default:
      return assertNever(change);
  }
}

export function unknownCampaign(snapshot: FleetSnapshot, name: string): ChangeOutcome & { kind: "unknown" } {
  const known = [...snapshot.campaigns.keys()].slice(0, 20).join(", ");
  const hint = known === "" ? "there is none" : `there are ${known}`;
  return { kind: "unknown", message: `There is no campaign ${name}; ${hint}.` };
}

async function record(
  { records, queue, clock }: ChangeContext,
  name: string,
  change: CampaignChange,
  { by, cause, evidence }: Manner,
): Promise<void> {
  const atMs = clock.now();
  await records.appendAudit({
    atMs,
    actor: by,
    action: `campaign ${change.kind}`,
    subject: `campaign:${name}`,
    cause: change.kind === "resume" ? cause : `${cause}: ${change.reason}`,
    evidence: { ...evidence },
    undo: undoOf(change, name),
  });
  await queue.wake(["fleet", `campaign:${name}`]);
  await records.appendEvent({ atMs, type: "change", data: { campaign: name, change: change.kind } });
}

function undoOf({ kind }: CampaignChange, name: string): string {
  switch (kind) {
    case "stop":
      return `showrunner campaign resume ${name}`;
    case "resume":
      return `showrunner campaign stop ${name}`;
    case "rollback":
      return `showrunner campaign resume ${name}, and showrunner promote SCRIPT --reason REASON for each that went back`;
    default:
      return assertNever(kind);
  }
}

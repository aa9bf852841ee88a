import { withCampaignState } from "#domain/campaign/campaign-file.ts";
import type { FleetSnapshot } from "#domain/reconcile/fleet-snapshot.ts";
import type { ReconcilerContext } from "#app/reconciler/context.ts";

type ChangeContext = Pick<ReconcilerContext, "records" | "queue" | "fleet" | "committer" | "clock">;

export type CampaignChange =
  | { readonly kind: "stop"; readonly reason: string }
  /** What was judged before does not stop it again. */
  | { readonly kind: "resume" };

export type ChangeOutcome =
  | { readonly kind: "done" }
  /** It is that way already. */
  | { readonly kind: "nothingToDo"; readonly message: string }
  | { readonly kind: "unknown"; readonly message: string }
  | { readonly kind: "unavailable"; readonly message: string };

const ATTEMPTS_MAX = 5;

/** Stops a campaign or lets it go on: one commit in the fleet repository, and one audit record. */
export async function changeCampaign(
  context: ChangeContext,
  name: string,
  change: CampaignChange,
  { by, cause, evidence }: { readonly by: string; readonly cause: string; readonly evidence: object },
): Promise<ChangeOutcome> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    const snapshot = await context.fleet.refresh();
    if (!snapshot) return { kind: "unavailable", message: "no valid fleet.yaml was found" };
    const file = snapshot.campaigns.get(name);
    if (file === undefined) return unknownCampaign(snapshot, name);
    const isStopped = file.campaign.stopped !== undefined;
    if (isStopped === (change.kind === "stop")) {
      return { kind: "nothingToDo", message: `${name} is ${isStopped ? "stopped" : "running"} already` };
    }
    const at = new Date(context.clock.now()).toISOString();
    const content = withCampaignState(
      file.text,
      change.kind === "stop"
        ? { stopped: { reason: change.reason.slice(0, 1_000), by: by.slice(0, 100), at } }
        : { resumedAt: at },
    );
    const verb = change.kind === "stop" ? "stopped" : "goes on";
    const outcome = await context.committer.submit({
      basis: snapshot.commit,
      changes: [{ path: file.path, content }],
      restsOn: [],
      subject: `The campaign ${name} ${verb}`,
      cause: `${cause} by ${by}`,
    });
    if (outcome === "stale") continue;
    // So that whoever asks next is told of it.
    await context.fleet.refresh();
    await record(context, name, change, { by, cause, evidence });
    return { kind: "done" };
  }
  return { kind: "unavailable", message: "the fleet repository is changing too fast; ask again" };
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
  { by, cause, evidence }: { readonly by: string; readonly cause: string; readonly evidence: object },
): Promise<void> {
  const atMs = clock.now();
  const undo = change.kind === "stop" ? "resume" : "stop";
  await records.appendAudit({
    atMs,
    actor: by,
    action: `campaign ${change.kind}`,
    subject: `campaign:${name}`,
    cause: change.kind === "stop" ? `${cause}: ${change.reason}` : cause,
    evidence: { ...evidence },
    undo: `showrunner campaign ${undo} ${name}`,
  });
  await queue.wake(["fleet", `campaign:${name}`]);
  await records.appendEvent({ atMs, type: "change", data: { campaign: name, change: change.kind } });
}

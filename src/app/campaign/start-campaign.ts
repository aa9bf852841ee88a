import {
  advisoryPath,
  campaignName,
  campaignPath,
  campaignText,
  withCampaignFields,
} from "#domain/campaign/campaign-file.ts";
import { campaignRivals } from "#domain/campaign/campaign-rivals.ts";
import { type Advisory, highestFix } from "#domain/campaign/osv-advisory.ts";
import { parseCampaign } from "#domain/manifest/parse-manifest.ts";
import type { FileChange } from "#domain/ports.ts";
import type { FleetSnapshot } from "#domain/reconcile/fleet-snapshot.ts";
import type { ReconcileKey } from "#domain/reconcile/reconcile-key.ts";
import { commitOnNewest } from "#app/operations/commit-on-newest.ts";
import type { ReconcilerContext } from "#app/reconciler/context.ts";
import type { Campaign } from "#schemas/types.ts";

type StartContext = Pick<
  ReconcilerContext,
  "records" | "queue" | "fleet" | "committer" | "clock" | "campaigns"
>;

export interface StartRequest {
  /** A library and the version to reach, or an advisory with the text that it was read from. */
  readonly aim:
    | { readonly kind: "version"; readonly library: string; readonly to: string }
    | {
        readonly kind: "advisory";
        readonly advisory: Advisory;
        readonly text: string;
        readonly library: string | null;
        readonly to: string | null;
      };
  readonly name: string | null;
  readonly owner: string | null;
  readonly description: string | null;
  readonly selector: Readonly<Record<string, string>>;
  readonly dryRun: boolean;
  readonly by: string;
}

export type StartOutcome =
  | { readonly kind: "done"; readonly campaigns: readonly Campaign[]; readonly files: readonly string[] }
  | { readonly kind: "refused"; readonly message: string }
  | { readonly kind: "unavailable"; readonly message: string };

/** Starts a campaign, or one for each package of an advisory: one commit in the fleet repository, one audit record. */
export async function startCampaign(context: StartContext, request: StartRequest): Promise<StartOutcome> {
  const wrong = await unpublished(context, request);
  if (wrong !== null) return wrong;
  return commitOnNewest<StartOutcome>(
    context,
    (snapshot) => {
      const answer = planStart(snapshot, request);
      const isCommitted = answer.kind === "done" && !request.dryRun;
      return { change: isCommitted ? changeFor(snapshot, answer.campaigns, request) : null, answer };
    },
    async (answer) => {
      if (answer.kind !== "done") return;
      const { aim, by } = request;
      const why = aim.kind === "advisory" ? aim.advisory.id : `${aim.library} to ${aim.to}`;
      await recordStart(context, by, why, answer.campaigns);
    },
  );
}

function changeFor(snapshot: FleetSnapshot, campaigns: readonly Campaign[], { aim, by }: StartRequest) {
  const changes: FileChange[] = campaigns.map((campaign) => ({
    path: campaignPath(campaign.name),
    content: campaignText(campaign),
  }));
  changes.push(...supersededFiles(snapshot, campaigns));
  if (aim.kind === "advisory")
    changes.push({ path: advisoryPath(aim.advisory.id), content: `${aim.text.trim()}\n` });
  const names = campaigns.map(({ name }) => name).join(", ");
  return {
    changes,
    restsOn: [],
    subject: `Start the campaign ${names}`.slice(0, 200),
    cause: `campaign start by ${by}`,
  };
}

/** A version that is not published would fail in every repository. */
async function unpublished(context: StartContext, { aim }: StartRequest): Promise<StartOutcome | null> {
  if (aim.kind === "advisory") return null;
  try {
    const isThere = await context.campaigns.newRegistry().has(aim.library, aim.to);
    return isThere ? null : { kind: "refused", message: `The registry has no ${aim.library}@${aim.to}.` };
  } catch (error) {
    const reason = error instanceof Error ? error.message : "no reason given";
    return { kind: "unavailable", message: `the registry cannot be reached: ${reason}` };
  }
}

function planStart(snapshot: FleetSnapshot, request: StartRequest): StartOutcome {
  const aims = aimsOf(request);
  if (aims.length === 0)
    return {
      kind: "refused",
      message: "The advisory names no fixed version, so there is nothing to upgrade to.",
    };
  const campaigns: Campaign[] = [];
  for (const { library, to } of aims) {
    const name = request.name ?? campaignName(library, to);
    const campaign = campaignOf(snapshot, request, name, library, to);
    if (snapshot.campaigns.has(name) || campaigns.some((one) => one.name === name))
      return { kind: "refused", message: `There is a campaign ${name} already.` };
    const { standing } = campaignRivals(snapshot.campaigns.values(), campaign);
    if (standing !== null)
      return {
        kind: "refused",
        message: `The campaign ${standing.campaign.name} upgrades ${library} already; change "to" in ${standing.path}, or stop it first.`,
      };
    const parsed = parseCampaign(campaignText(campaign), campaignPath(name));
    if (!parsed.ok) return { kind: "refused", message: parsed.problems[0]?.message ?? "It is not valid." };
    campaigns.push(campaign);
  }
  const files = campaigns.map(({ name }) => campaignPath(name));
  const { aim } = request;
  return {
    kind: "done",
    campaigns,
    files: aim.kind === "advisory" ? [...files, advisoryPath(aim.advisory.id)] : files,
  };
}

function aimsOf({ aim }: StartRequest): { library: string; to: string }[] {
  if (aim.kind === "version") return [{ library: aim.library, to: aim.to }];
  return aim.advisory.packages
    .filter(({ name }) => aim.library === null || aim.library === name)
    .flatMap((subject) => {
      const to = aim.to ?? highestFix(subject);
      return to === null ? [] : [{ library: subject.name, to }];
    });
}

function campaignOf(
  snapshot: FleetSnapshot,
  { aim, owner, description, selector }: StartRequest,
  name: string,
  library: string,
  to: string,
): Campaign {
  return {
    kind: "Campaign",
    name,
    owner: owner ?? snapshot.fleet.operators[0] ?? "platform",
    ...(description !== null && { description }),
    library,
    to,
    ...(aim.kind === "advisory" && { advisory: aim.advisory.id }),
    ...(Object.keys(selector).length > 0 && { selector: { ...selector } }),
  };
}

/** Campaigns of the scan end where a new one takes their place. */
function supersededFiles(snapshot: FleetSnapshot, campaigns: readonly Campaign[]): FileChange[] {
  return campaigns.flatMap((campaign) =>
    campaignRivals(snapshot.campaigns.values(), campaign).yielding.map(({ path, text }) => ({
      path,
      content: withCampaignFields(text, { supersededBy: campaign.name }),
    })),
  );
}

/** Puts on record who started campaigns and why, and has them looked at. */
export async function recordStart(
  { records, queue, clock }: Pick<StartContext, "records" | "queue" | "clock">,
  by: string,
  why: string,
  campaigns: readonly Campaign[],
): Promise<void> {
  const names = campaigns.map(({ name }) => name);
  const atMs = clock.now();
  await records.appendAudit({
    atMs,
    actor: by,
    action: "campaign start",
    subject: `campaign:${names.join(",")}`,
    cause: why,
    evidence: { campaigns },
    undo: `showrunner campaign stop ${names[0] ?? ""}`,
  });
  await queue.wake(["fleet", ...names.map((name): ReconcileKey => `campaign:${name}`)]);
  await records.appendEvent({ atMs, type: "change", data: { campaign: names[0] ?? "" } });
}

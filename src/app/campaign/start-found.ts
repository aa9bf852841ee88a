import {
  campaignName,
  campaignPath,
  campaignText,
  nameOf,
  withCampaignFields,
} from "#domain/campaign/campaign-file.ts";
import type { FoundUpgrade } from "#domain/campaign/plan-scan.ts";
import { parseCampaign } from "#domain/manifest/parse-manifest.ts";
import type { FileChange, GitMirror } from "#domain/ports.ts";
import type { FleetSnapshot } from "#domain/reconcile/fleet-snapshot.ts";
import { foundDescription } from "#app/presentation/reason-words.ts";
import type { ReconcilerContext } from "#app/reconciler/context.ts";
import type { Campaign } from "#schemas/types.ts";
import { recordStart } from "./start-campaign.ts";

type StartContext = Pick<ReconcilerContext, "records" | "queue" | "fleet" | "committer" | "clock">;

const FILE_BYTES_MAX = 256 * 1024;
/** The commit that took the file away, and the one before. */
const HISTORY_MAX = 2;

/**
 * The name that a release's campaign is to have; null when there was one for it, whoever took it away: git remembers, so
 * that nothing is started twice, with or without our store.
 */
export async function freeName(
  { library, to }: Pick<FoundUpgrade, "library" | "to">,
  snapshot: FleetSnapshot,
  mirror: Pick<GitMirror, "history" | "read">,
): Promise<string | null> {
  // Libraries of two owners may be called the same.
  for (const name of new Set([campaignName(library, to), nameOf(`${library}-${to}`)])) {
    const there = snapshot.campaigns.get(name)?.campaign.library;
    if (there === library) return null;
    if (there !== undefined) continue;
    const path = campaignPath(name);
    const commits = await mirror.history(snapshot.commit, path, HISTORY_MAX);
    if (commits.length === 0) return name;
    if (!(await wasForOthers(library, path, commits, mirror))) return null;
  }
  return null;
}

async function wasForOthers(
  library: string,
  path: string,
  commits: readonly string[],
  mirror: Pick<GitMirror, "read">,
): Promise<boolean> {
  for (const commit of commits) {
    const text = (await mirror.read(commit, [path], FILE_BYTES_MAX)).get(path);
    const parsed = text === undefined ? null : parseCampaign(text, path);
    if (parsed?.ok) return parsed.manifest.library !== library;
  }
  return false;
}

/** Starts or extends a campaign, and ends those it takes the place of, in one commit. "stale": decide again. */
export async function startFound(
  context: StartContext,
  snapshot: FleetSnapshot,
  found: FoundUpgrade,
  name: string,
): Promise<"committed" | "stale"> {
  const { library, to, from, supersedes } = found;
  const repositories = [...found.repositories];
  const known = snapshot.campaigns.get(name);
  const campaign: Campaign = {
    kind: "Campaign",
    name,
    owner: snapshot.fleet.operators[0] ?? "platform",
    description: foundDescription(found),
    library,
    from,
    to,
    foundBy: "scan",
    repositories,
  };
  const isNew = known === undefined;
  const own: FileChange = isNew
    ? { path: campaignPath(name), content: campaignText(campaign) }
    : { path: known.path, content: withCampaignFields(known.text, { from, repositories }) };
  const ended = supersedes.flatMap((before): FileChange[] => {
    const file = snapshot.campaigns.get(before);
    if (file === undefined) return [];
    return [{ path: file.path, content: withCampaignFields(file.text, { supersededBy: name }) }];
  });
  const outcome = await context.committer.submit({
    basis: snapshot.commit,
    changes: [own, ...ended],
    restsOn: ["fleet.yaml"],
    subject: isNew ? `Start the campaign ${name}` : `Extend the campaign ${name}`,
    cause: `scan for new releases: ${library} ${to}`,
  });
  if (outcome === "stale") return outcome;
  // So that whoever asks next is told of it.
  await context.fleet.refresh();
  if (isNew)
    await recordStart(context, "showrunner", `scan for new releases: ${library} to ${to}`, [campaign]);
  await context.queue.wake([name, ...supersedes].map((one) => `campaign:${one}` as const));
  return outcome;
}

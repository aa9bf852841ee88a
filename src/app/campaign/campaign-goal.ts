import { advisoryPath } from "#domain/campaign/campaign-file.ts";
import { highestFix, readAdvisory } from "#domain/campaign/osv-advisory.ts";
import { advisoryGoals, type UpgradeGoal, versionGoal } from "#domain/campaign/upgrade-goal.ts";
import type { GitMirror } from "#domain/ports.ts";
import type { Campaign } from "#schemas/types.ts";

export type CampaignGoal =
  | { readonly kind: "goal"; readonly goal: UpgradeGoal }
  /** `reason` is for people. */
  | { readonly kind: "none"; readonly reason: string };

const ADVISORY_BYTES_MAX = 1024 * 1024;

/** What a campaign is after, its advisory read from the same commit of the fleet repository. */
export async function campaignGoal(
  campaign: Campaign,
  mirror: Pick<GitMirror, "read">,
  commit: string,
): Promise<CampaignGoal> {
  const { library, to, from = null, advisory: id } = campaign;
  if (id === undefined) return { kind: "goal", goal: versionGoal(library, to, from) };
  const path = advisoryPath(id);
  const text = (await mirror.read(commit, [path], ADVISORY_BYTES_MAX)).get(path);
  if (text === undefined) return { kind: "none", reason: `${path} is not in the fleet repository` };
  const read = readAdvisory(parseJson(text));
  if (read.kind === "withdrawn") return { kind: "none", reason: `${id} was withdrawn` };
  if (read.kind === "invalid") return { kind: "none", reason: `${path}: ${read.reason}` };
  const subject = read.advisory.packages.find(({ name }) => name === library);
  // The highest fix is what a campaign is called after; each version goes to the lowest above it, unless told otherwise.
  const isNamed = subject !== undefined && highestFix(subject) !== to;
  const [goal] = advisoryGoals(read.advisory, library, isNamed ? to : null);
  return goal === undefined
    ? { kind: "none", reason: `${id} says nothing of ${library}` }
    : { kind: "goal", goal };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

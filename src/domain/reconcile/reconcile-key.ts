import { assertNever } from "../assert-never.ts";

/** The name of one thing to compare and converge. A wake carries nothing else: what to do is read from the state. */
export type ReconcileKey =
  | "discovery"
  | "fleet"
  /** The scan for new releases of libraries. */
  | "releases"
  | `repo:${number}`
  | `pr:${number}#${number}`
  | `script:${string}@${string}`
  | `canary:${string}@${string}`
  | `queue:${number}@${string}`
  | `campaign:${string}`
  | `experiment:${string}`
  | `region:${string}`;

/** A key taken apart. Repositories are named by GitHub's id, which survives renames. */
export type ReconcileTarget =
  | { readonly kind: "discovery" }
  | { readonly kind: "fleet" }
  | { readonly kind: "releases" }
  | { readonly kind: "repo"; readonly repositoryId: number }
  | { readonly kind: "pr"; readonly repositoryId: number; readonly number: number }
  | { readonly kind: "script"; readonly name: string; readonly version: string }
  /** All canary runs of one version of a script, so that one owner lets one run at a time. */
  | { readonly kind: "canary"; readonly name: string; readonly version: string }
  /** What a merge queue of GitHub is about to merge. */
  | { readonly kind: "queue"; readonly repositoryId: number; readonly headSha: string }
  | { readonly kind: "campaign"; readonly name: string }
  | { readonly kind: "experiment"; readonly name: string }
  | { readonly kind: "region"; readonly name: string };

// Names and versions as in schemas/common.schema.json; all bounded, so that a key always fits an index entry.
const idPattern = "([1-9]\\d{0,14})";
const namePattern = "([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)";
const versionPattern = "([a-z0-9][a-z0-9._-]{0,31})";
const repoKey = new RegExp(`^repo:${idPattern}$`);
const pullRequestKey = new RegExp(`^pr:${idPattern}#${idPattern}$`);
const scriptKey = new RegExp(`^script:${namePattern}@${versionPattern}$`);
const canaryKey = new RegExp(`^canary:${namePattern}@${versionPattern}$`);
const queueKey = new RegExp(`^queue:${idPattern}@([0-9a-f]{40})$`);
const campaignKey = new RegExp(`^campaign:${namePattern}$`);
const experimentKey = new RegExp(`^experiment:${namePattern}$`);
const regionKey = new RegExp(`^region:${namePattern}$`);

/** The parts of a key's text; null when it is none, such as one that a newer version of Showrunner wrote. */
export function parseReconcileKey(text: string): ReconcileTarget | null {
  if (text === "discovery" || text === "fleet" || text === "releases") return { kind: text };
  const repo = repoKey.exec(text);
  if (repo) return { kind: "repo", repositoryId: Number(repo[1]) };
  const pullRequest = pullRequestKey.exec(text);
  if (pullRequest) {
    return { kind: "pr", repositoryId: Number(pullRequest[1]), number: Number(pullRequest[2]) };
  }
  const script = scriptKey.exec(text);
  if (script?.[1] && script[2]) return { kind: "script", name: script[1], version: script[2] };
  const canary = canaryKey.exec(text);
  if (canary?.[1] && canary[2]) return { kind: "canary", name: canary[1], version: canary[2] };
  const queue = queueKey.exec(text);
  if (queue?.[2]) return { kind: "queue", repositoryId: Number(queue[1]), headSha: queue[2] };
  const campaign = campaignKey.exec(text);
  if (campaign?.[1]) return { kind: "campaign", name: campaign[1] };
  const experiment = experimentKey.exec(text);
  if (experiment?.[1]) return { kind: "experiment", name: experiment[1] };
  const region = regionKey.exec(text);
  if (region?.[1]) return { kind: "region", name: region[1] };
  return null;
}

/** The text of a key, the inverse of `parseReconcileKey`. */
export function formatReconcileKey(target: ReconcileTarget): ReconcileKey {
  switch (target.kind) {
    case "discovery":
    case "fleet":
    case "releases":
      return target.kind;
    case "repo":
      return `repo:${target.repositoryId}`;
    case "pr":
      return `pr:${target.repositoryId}#${target.number}`;
    case "script":
      return `script:${target.name}@${target.version}`;
    case "canary":
      return `canary:${target.name}@${target.version}`;
    case "queue":
      return `queue:${target.repositoryId}@${target.headSha}`;
    case "campaign":
      return `campaign:${target.name}`;
    case "experiment":
      return `experiment:${target.name}`;
    case "region":
      return `region:${target.name}`;
    default:
      return assertNever(target);
  }
}

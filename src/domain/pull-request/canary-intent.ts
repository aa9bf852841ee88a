import type { CanaryPolicy } from "#domain/canary/canary-policy.ts";
import type { ScriptManifest } from "#domain/manifest/script-manifest.ts";
import type { Revision } from "#domain/rollout/rollout-input.ts";
import type { CanaryIntent } from "./pull-request-findings.ts";

/** What holds for a canary that a person asks for where the manifest says nothing. */
const onDemandPolicy: CanaryPolicy = {
  sharePct: 5,
  stickyBy: null,
  regions: null,
  maxDurationMs: 1_800_000,
  atRollout: "never",
  minRequests: 100,
  metrics: null,
  thresholds: { pass: 95, marginal: 75 },
};

interface IntentQuestion {
  readonly candidate: Revision;
  /** As the pull request would have it. */
  readonly manifest: ScriptManifest;
  /** As the target branch has it; null for a new script. */
  readonly trusted: ScriptManifest | null;
  readonly isFork: boolean;
  /** Whether a revision is stable in any region. */
  readonly hasStable: boolean;
}

/**
 * Whether the merge of a pull request is tried on real traffic before it is merged. Trust comes from the target branch:
 * its policy counts, and code from elsewhere, or with more rights than it gives, waits for a person.
 */
export function canaryIntent(question: IntentQuestion): CanaryIntent {
  const { candidate, manifest, trusted, isFork, hasStable } = question;
  if (!trusted || !hasStable)
    return { kind: "none", reason: "a first release has nothing to be compared with", onDemand: null };
  const policy = trusted.canary ?? onDemandPolicy;
  const ask = (reason: string): CanaryIntent => ({ kind: "onCommand", candidate, policy, reason });
  if (isFork) return ask("it comes from a fork");
  if (rights(manifest) !== rights(trusted)) return ask("it changes limits, egress or secrets");
  if (!trusted.canary) {
    const reason = "the manifest of the target branch has no canary";
    return { kind: "none", reason, onDemand: { candidate, policy } };
  }
  return { kind: "run", candidate, policy };
}

function rights({ settings }: ScriptManifest): string {
  const { limits, egress, secrets } = settings;
  return JSON.stringify([limits, egress, secrets]);
}

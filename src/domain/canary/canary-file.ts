import type { CanaryRun } from "#schemas/types.ts";
import { fleetFileText } from "../reconcile/fleet-file-text.ts";

/** Where the fleet repository keeps a canary run while it lasts. */
export function canaryPath(runId: string): string {
  return `canaries/${runId}.yaml`;
}

/** The file's text. Key order is fixed, so an unchanged run gives unchanged bytes. */
export function canaryText(run: CanaryRun): string {
  const { kind, runId, script, version, repoId, pull, headSha, baseline, candidate } = run;
  const { regions, sharePct, stickyBy, windowSeconds, startedAt, expiresAt, cause } = run;
  return fleetFileText("canary-run", {
    kind,
    runId,
    script,
    version,
    repoId,
    ...(pull !== undefined && { pull }),
    headSha,
    baseline,
    candidate,
    regions,
    sharePct,
    ...(stickyBy !== undefined && { stickyBy }),
    ...(windowSeconds !== undefined && { windowSeconds }),
    startedAt,
    expiresAt,
    cause,
  });
}

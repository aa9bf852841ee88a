import type { ScriptCanary } from "../canary/pull-request-canaries.ts";
import type { PullRequestFindings } from "./pull-request-findings.ts";

type Valid = Extract<PullRequestFindings, { kind: "valid" }>;

/** The findings with the plan that holds now: a script whose canary has passed is not tried again at its first wave. */
export function plansAsTried(findings: Valid, canaries: readonly ScriptCanary[]): Valid {
  const scripts = findings.scripts.map((script) => {
    const { name, version, change } = script;
    if (change.kind !== "rollout" || change.triedPlan === undefined) return script;
    const canary = canaries.find((one) => one.name === name && one.version === version);
    return canary && hasPassed(canary)
      ? { ...script, change: { ...change, plan: change.triedPlan } }
      : script;
  });
  return { ...findings, scripts };
}

function hasPassed(canary: ScriptCanary): boolean {
  if (canary.kind !== "run" || canary.run.phase.kind !== "ended") return false;
  const { end, verdict } = canary.run.phase;
  return end.kind === "judged" && verdict?.phase === "decided" && verdict.verdict === "pass";
}

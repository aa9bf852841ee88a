import type { NodeReport } from "#schemas/types.ts";
import { unreachableAfterMs } from "../rollout/attestation.ts";
import type { Crash, Run, RunCourse } from "./run.ts";

type InstanceState = NodeReport["instances"][number]["state"];

/** One node as its last report showed it, for the two sides of a script's canary. */
export interface CanaryNode {
  readonly id: string;
  readonly region: string;
  /** When the control plane received the last report; null before the first. */
  readonly receivedAtMs: number | null;
  /** When the node wrote it, by its own clock, epoch milliseconds; null before the first. */
  readonly reportedAtMs: number | null;
  readonly instances: readonly {
    readonly role: "canary" | "baseline";
    readonly digest: string;
    readonly state: InstanceState;
    readonly error: string | null;
  }[];
}

/** Nodes of the run's regions that are heard of. */
export function freshNodes(nodes: readonly CanaryNode[], course: RunCourse, nowMs: number): CanaryNode[] {
  return nodes.filter(
    ({ region, receivedAtMs }) =>
      course.regions.includes(region) && receivedAtMs !== null && nowMs - receivedAtMs <= unreachableAfterMs,
  );
}

/** Whether a node attests both sides of the run. */
export function servesBoth(node: CanaryNode, run: Run, course: RunCourse): boolean {
  const serves = (role: Crash["role"], digest: string) =>
    node.instances.some(
      (instance) => instance.role === role && instance.digest === digest && instance.state === "serving",
    );
  return serves("canary", run.candidate.digest) && serves("baseline", course.baseline.digest);
}

/** Sides of the run that a node could not bring up. */
export function crashesOf(node: CanaryNode, run: Run, course: RunCourse, nowMs: number): Crash[] {
  return node.instances
    .filter(({ role, digest, state }) => {
      const own = role === "canary" ? run.candidate.digest : course.baseline.digest;
      return digest === own && state === "failed";
    })
    .map(({ role, error }) => ({
      role,
      node: node.id,
      atMs: nowMs,
      message: error ?? "the node gave no reason",
    }));
}

import type { InstanceReport } from "#schemas/types.ts";
import type { BuildProblem } from "./dev-script.ts";
import type { Refusal } from "./dev-gateway.ts";

/** Where one script stands, from its files to the node. */
export type UnitState =
  | { readonly kind: "building" }
  | { readonly kind: "broken"; readonly problems: readonly BuildProblem[] }
  /** The node was told; it has not said yet what came of it. */
  | { readonly kind: "published"; readonly digest: string; readonly sinceMs: number }
  | { readonly kind: "serving"; readonly digest: string }
  /** The bundle is sound, and the script does not start. */
  | { readonly kind: "failed"; readonly digest: string; readonly code: string; readonly message: string };

/** The state after what the node reports of the script's instances; the same one when that says nothing new. */
export function withReport(state: UnitState, instances: readonly InstanceReport[]): UnitState {
  if (state.kind === "building" || state.kind === "broken") return state;
  const { digest } = state;
  const mine = instances.find((instance) => instance.digest === digest && instance.state !== "draining");
  switch (mine?.state) {
    case "serving":
      return state.kind === "serving" ? state : { kind: "serving", digest };
    case "failed": {
      const { code, message } = mine.error ?? { code: "failed", message: "" };
      const isSame = state.kind === "failed" && state.code === code && state.message === message;
      return isSame ? state : { kind: "failed", digest, code, message };
    }
    default:
      return state;
  }
}

/** Whether requests should wait a moment, because the newest save is just on its way. */
export function isOnItsWay(state: UnitState): boolean {
  return state.kind === "building" || state.kind === "published";
}

/** What a request gets instead of an answer; null when the script can answer. */
export function refusalOf(script: string, state: UnitState): Refusal | null {
  switch (state.kind) {
    case "broken": {
      const [first] = state.problems;
      const message =
        first === undefined ? "" : `${first.file}:${first.line}:${first.column} ${first.message}`;
      return { status: 502, code: "build_failed", message, script, details: { problems: state.problems } };
    }
    case "failed":
      return { status: 502, code: state.code, message: state.message, script };
    default:
      return null;
  }
}

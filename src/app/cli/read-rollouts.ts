/** What the CLI reads of a script's rollouts; more may come with it. */
export interface RolloutView {
  readonly id: string;
  readonly script: string;
  readonly version: string;
  readonly commit: string;
  readonly phase: string;
  readonly phaseText: string;
  readonly wave: number;
  readonly waves: number;
  readonly percent: number;
  readonly startedAt: string;
  readonly promisedBy: string;
  readonly expectedBy: string;
  /** null while it has not ended. */
  readonly completedAt: string | null;
  readonly regions: readonly RegionView[];
}

interface RegionView {
  readonly region: string;
  readonly wave: number;
  readonly state: string;
  readonly nodesAttested: number;
  readonly nodesTotal: number;
  /** 0 to 1. */
  readonly fraction: number;
  readonly note: string | null;
}

export interface ScriptRollouts {
  /** Newest first. */
  readonly rollouts: readonly RolloutView[];
  /** By version: the newest commit that every region is known to serve; absent where none is. */
  readonly served: Readonly<Record<string, string>>;
}

/** Checks an answer from outside as far as the CLI uses it; null when it is something else. */
export function readRollouts(body: unknown): ScriptRollouts | null {
  if (!isRecord(body) || !isRecord(body["served"])) return null;
  const { rollouts } = body;
  if (!Array.isArray(rollouts) || !rollouts.every(isRollout)) return null;
  const served = Object.entries(body["served"]).flatMap(([version, commit]) =>
    typeof commit === "string" ? [[version, commit]] : [],
  );
  return { rollouts, served: Object.fromEntries(served) };
}

function isRollout(value: unknown): value is RolloutView {
  if (!isRecord(value)) return false;
  const texts = ["id", "script", "version", "commit", "phase", "phaseText"];
  const times = ["startedAt", "promisedBy", "expectedBy"];
  const { completedAt, regions } = value;
  return (
    [...texts, ...times].every((key) => typeof value[key] === "string") &&
    ["wave", "waves", "percent"].every((key) => typeof value[key] === "number") &&
    (completedAt === null || typeof completedAt === "string") &&
    Array.isArray(regions) &&
    regions.every(isRegion)
  );
}

function isRegion(value: unknown): value is RegionView {
  if (!isRecord(value)) return false;
  return (
    ["region", "state"].every((key) => typeof value[key] === "string") &&
    ["wave", "nodesAttested", "nodesTotal", "fraction"].every((key) => typeof value[key] === "number") &&
    (value["note"] === null || typeof value["note"] === "string")
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

import { printable } from "./paint.ts";

/** What the CLI reads of the overview; more may come with it and is kept for --json. */
export interface Status {
  readonly scripts: readonly StatusScript[];
  readonly rollouts: readonly StatusRollout[];
}

interface StatusScript {
  readonly name: string;
  readonly version: string;
  readonly regions: readonly StatusRegion[];
}

interface StatusRegion {
  readonly region: string;
  readonly stable: { readonly digest: string; readonly commit: string } | null;
  readonly next: { readonly digest: string; readonly commit: string } | null;
}

interface StatusRollout {
  readonly id: string;
  readonly script: string;
  readonly version: string;
  readonly phase: string;
  readonly wave: number;
  readonly waves: number;
  readonly percent: number;
  readonly promisedBy: string | null;
  readonly expectedBy: string | null;
}

/** Checks an answer from outside as far as the CLI uses it; null when it is something else. */
export function readStatus(body: unknown): Status | null {
  if (!isRecord(body)) return null;
  const { scripts, rollouts } = body;
  if (!Array.isArray(scripts) || !scripts.every(isScript)) return null;
  if (!Array.isArray(rollouts) || !rollouts.every(isRollout)) return null;
  return { scripts, rollouts };
}

/** Rollouts first, then a table of scripts and regions. */
export function formatStatus({ scripts, rollouts }: Status): string {
  const inFlight = rollouts.filter((rollout) => rollout.percent < 100).map(rolloutLine);
  const regions = [...new Set(scripts.flatMap((script) => script.regions.map(({ region }) => region)))];
  const rows = scripts.map((script) => [
    `${script.name}@${script.version}`,
    ...regions.map((region) => cell(script.regions.find((entry) => entry.region === region))),
  ]);
  const table = [["script", ...regions], ...rows].map((row) => row.map(printable));
  const widths =
    table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  const lines = table.map((row) =>
    row
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  const moving = inFlight.length === 0 ? ["No rollout in flight."] : inFlight;
  return `${[...moving, "", ...lines].join("\n")}\n`;
}

function rolloutLine(rollout: StatusRollout): string {
  const { script, version, phase, wave, waves, percent, promisedBy, expectedBy } = rollout;
  const times = [
    promisedBy === null ? "" : `promised ${shortTime(promisedBy)}`,
    expectedBy === null ? "" : `expected ${shortTime(expectedBy)}`,
  ].filter((text) => text !== "");
  const place = `wave ${wave}/${waves}  ${Math.floor(percent)}%`;
  return printable(`${script}@${version}  ${phase}  ${place}  ${times.join(" · ")}`);
}

function cell(entry: StatusRegion | undefined): string {
  if (entry === undefined) return "-";
  const stable = entry.stable?.commit.slice(0, 7);
  const next = entry.next?.commit.slice(0, 7);
  if (next === undefined) return stable ?? "-";
  return stable === undefined ? `→ ${next}` : `${stable} → ${next}`;
}

/** "14:45 UTC", or with its day when that is not the day of `time` itself in UTC. */
function shortTime(time: string): string {
  return time.replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d).*$/, "$1 $2 UTC");
}

function isScript(value: unknown): value is StatusScript {
  if (!isRecord(value)) return false;
  const { name, version, regions } = value;
  return isText(name) && isText(version) && Array.isArray(regions) && regions.every(isRegion);
}

function isRegion(value: unknown): value is StatusRegion {
  return (
    isRecord(value) && isText(value["region"]) && isRevision(value["stable"]) && isRevision(value["next"])
  );
}

function isRevision(value: unknown): boolean {
  return value === null || (isRecord(value) && isText(value["digest"]) && isText(value["commit"]));
}

function isRollout(value: unknown): value is StatusRollout {
  if (!isRecord(value)) return false;
  const { id, script, version, phase, wave, waves, percent, promisedBy, expectedBy } = value;
  return (
    [id, script, version, phase].every(isText) &&
    [wave, waves, percent].every((number) => typeof number === "number") &&
    [promisedBy, expectedBy].every((time) => time === null || isText(time))
  );
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

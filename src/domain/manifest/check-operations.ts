import { checkDuplicates, checkDuration, checkMetric, checkMetrics, checkWindows } from "./common-checks.ts";
import type { ReadManifest } from "./read-manifest.ts";

const MINUTE_MS = 60_000;
/** Responses and metrics name the cell in the place of these. */
const roles: ReadonlySet<string> = new Set(["stable", "canary", "baseline"]);
const DAY_MS = 86_400_000;

/** What the schema cannot say about a group. */
export function checkGroup(read: ReadManifest<"Group">): void {
  checkDuplicates(read, ["scripts"], read.source.scripts);
  checkDuration(read, ["collectFor"], read.source.collectFor, MINUTE_MS, 7 * DAY_MS);
}

/** What the schema cannot say about an experiment. */
export function checkExperiment(read: ReadManifest<"Experiment">): void {
  const { source, document, problems } = read;
  checkDuplicates(read, ["regions"], source.regions ?? []);
  if (source.goal !== undefined) checkMetric(read, ["goal"], source.goal);
  checkMetrics(read, ["guardrails"], source.guardrails ?? []);
  const { startsAt, endsAt } = source;
  if (startsAt !== undefined && endsAt !== undefined && Date.parse(endsAt) <= Date.parse(startsAt)) {
    problems.error(document.at(["endsAt"]), "time-order", `endsAt must be after startsAt (${startsAt}).`);
  }
  const seen = new Set<string>();
  for (const [index, { name }] of source.cells.entries()) {
    const at = document.at(["cells", index, "name"]);
    if (roles.has(name)) {
      const message = `A cell cannot be called "${name}": that is a role of its own.`;
      problems.error(at, "cell-name", message, `${name}-cell`);
    }
    if (seen.has(name)) problems.error(at, "duplicate-item", `cells names "${name}" twice.`);
    seen.add(name);
  }
  const sharePct = source.cells.reduce((sum, cell) => sum + cell.sharePct, 0);
  if (sharePct > 100 + 1e-9) {
    const message = `The cells' shares add up to ${sharePct} percent; at most 100 are there.`;
    problems.error(document.atKey(["cells"]), "cell-shares", message);
  }
  const controls = source.cells.filter((cell) => cell.control === true).length;
  if (controls !== 1) {
    const message = `Exactly one cell must have "control: true", not ${controls}.`;
    problems.error(document.atKey(["cells"]), "cell-control", message);
  }
}

/** What the schema cannot say about a campaign. */
export function checkCampaign(read: ReadManifest<"Campaign">): void {
  checkDuplicates(read, ["exclude"], read.source.exclude ?? []);
  checkWindows(read, ["quiet"], read.source.quiet ?? []);
}

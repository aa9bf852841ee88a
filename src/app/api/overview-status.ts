import type { CellState, Overview, OverviewCell, OverviewScript, RolloutInput } from "./overview-model.ts";
import { assertNever } from "#domain/assert-never.ts";
import { type RolloutOutlook, failingRegions, rolloutOutlook } from "./overview-rollout.ts";

export interface StatusInput {
  readonly nowMs: number;
  readonly regions: Overview["regions"];
  readonly scripts: readonly OverviewScript[];
  /** Those in flight. */
  readonly rollouts: readonly RolloutInput[];
  readonly pullRequests: Overview["pullRequests"];
  readonly refusedFiles: Overview["refusedFiles"];
}

interface Phrase {
  readonly subject: "rollout" | "other";
  readonly level: Overview["status"]["level"];
  /** The counted thing, such as "2 rollouts"; left out after another phrase about rollouts. */
  readonly count: number;
  readonly noun: string;
  readonly predicate: string;
}

/** The fleet in one line of words: what is wrong first, then what moves, then what waits for somebody. */
export function statusLine(input: StatusInput): Overview["status"] {
  const phrases = [
    ...rolloutPhrases(input),
    ...regionPhrases(input),
    ...cellPhrases(input),
    ...refusedPhrases(input),
    ...pullRequestPhrases(input),
  ];
  const level = levelOf(phrases);
  const said = phrases.map((phrase, index) => phraseText(phrase, phrases[index - 1])).join("; ");
  if (level === "ok") {
    return { level, text: [calm(input), said].filter((text) => text !== "").join("; ") };
  }
  return { level, text: said };
}

function levelOf(phrases: readonly Phrase[]): Overview["status"]["level"] {
  const levels = new Set(phrases.map((phrase) => phrase.level));
  return levels.has("attention") ? "attention" : levels.has("moving") ? "moving" : "ok";
}

function rolloutPhrases({ rollouts, nowMs }: StatusInput): Phrase[] {
  const byOutlook = Map.groupBy(rollouts, (rollout) => rolloutOutlook(rollout, nowMs));
  const phrase = (outlook: RolloutOutlook, level: Phrase["level"], predicate: string): Phrase[] => {
    const count = byOutlook.get(outlook)?.length ?? 0;
    return count === 0 ? [] : [{ subject: "rollout", level, count, noun: "rollout", predicate }];
  };
  const where = [...new Set((byOutlook.get("failing") ?? []).flatMap(failingRegions))];
  return [
    ...phrase("failing", "attention", `failing${inPlaces(where)}`),
    ...phrase("held", "attention", "held for want of evidence"),
    ...phrase("paused", "attention", "paused"),
    ...phrase("frozen", "attention", "frozen"),
    ...phrase("late", "attention", "late"),
    ...phrase("onTime", "moving", "on time"),
  ];
}

function regionPhrases({ regions }: StatusInput): Phrase[] {
  const silent = regions.filter((region) => region.nodes.some((node) => node.state === "unreachable"));
  const silentCount = silent.flatMap((region) =>
    region.nodes.filter((node) => node.state === "unreachable"),
  ).length;
  const empty = regions.filter((region) => region.nodes.length === 0).map((region) => region.name);
  return [
    ...other(silentCount, "node", `unreachable${inPlaces(silent.map((region) => region.name))}`, "attention"),
    ...other(
      empty.length,
      "region",
      `without any node${empty.length > 0 ? ` (${list(empty)})` : ""}`,
      "attention",
    ),
  ];
}

/** What is said of cells, unless a rollout or the region's nodes already explain it. */
function cellPhrases(input: StatusInput): Phrase[] {
  const phrase = (state: CellState, predicate: string, level: Phrase["level"]): Phrase[] => {
    const places = new Set<string>();
    const scripts = input.scripts.filter((script) => {
      const cells = script.regions.filter(
        (cell) => cell.state === state && !isExplained(input, script, cell),
      );
      cells.forEach((cell) => places.add(cell.region));
      return cells.length > 0;
    });
    return other(scripts.length, "script", `${predicate}${inPlaces([...places])}`, level);
  };
  return [
    ...phrase("failed", "failing", "attention"),
    ...phrase("drift", "drifting", "attention"),
    ...phrase("unknown", "unknown", "attention"),
    ...phrase("rolling", "starting", "moving"),
  ];
}

function isExplained(input: StatusInput, script: OverviewScript, cell: OverviewCell): boolean {
  const rollout = input.rollouts.find(
    (candidate) => candidate.script === script.name && candidate.version === script.version,
  );
  switch (cell.state) {
    case "failed":
      return rollout !== undefined && failingRegions(rollout).includes(cell.region);
    case "rolling":
      return rollout !== undefined;
    case "unknown": {
      const nodes = input.regions.find((region) => region.name === cell.region)?.nodes ?? [];
      return nodes.length === 0 || nodes.some((node) => node.state === "unreachable");
    }
    case "serving":
    case "drift":
    case "absent":
      return false;
    default:
      return assertNever(cell.state);
  }
}

function refusedPhrases({ refusedFiles }: StatusInput): Phrase[] {
  const files = [...new Set(refusedFiles.map(({ file }) => file))];
  return other(files.length, "file", `of the fleet repository refused (${list(files)})`, "attention");
}

function pullRequestPhrases({ pullRequests }: StatusInput): Phrase[] {
  const broken = pullRequests.filter(({ verdict, canary }) => verdict === "invalid" || canary === "failure");
  return other(broken.length, "pull request", broken.length === 1 ? "needs a fix" : "need a fix", "ok");
}

function calm({ scripts, regions }: StatusInput): string {
  if (scripts.length === 0) {
    return "No script is released yet";
  }
  const all = scripts.length === 1 ? "The only script serves" : `All ${scripts.length} scripts serve`;
  return `${all} what git says in ${plural(regions.length, "region")}`;
}

function other(count: number, noun: string, predicate: string, level: Phrase["level"]): Phrase[] {
  return count === 0 ? [] : [{ subject: "other", level, count, noun, predicate }];
}

function phraseText(phrase: Phrase, before: Phrase | undefined): string {
  const isRepeated = phrase.subject === "rollout" && before?.subject === "rollout";
  const counted = isRepeated ? String(phrase.count) : plural(phrase.count, phrase.noun);
  return `${counted} ${phrase.predicate}`;
}

function inPlaces(names: readonly string[]): string {
  return names.length === 0 ? "" : ` in ${list(names)}`;
}

function list(names: readonly string[]): string {
  return names.length > 3 ? `${names.slice(0, 2).join(", ")} and ${names.length - 2} more` : names.join(", ");
}

function plural(count: number, noun: string): string {
  return count === 1 ? `1 ${noun}` : `${count} ${noun}s`;
}

import { open } from "node:fs/promises";
import path from "node:path";
import { Option, type Command } from "commander";
import { parseDocument, LineCounter } from "yaml";
import { judgeKayenta } from "#domain/canary/kayenta/judge-kayenta.ts";
import { readJudgeInput, type InputProblem, type JudgeInput } from "#domain/canary/offline/judge-input.ts";
import { judgePairs } from "#domain/canary/offline/judge-pairs.ts";
import type { OfflineVerdict } from "#domain/canary/offline/offline-verdict.ts";
import { CliError, type CliContext, type ExitCode } from "./cli-context.ts";
import { formatVerdict } from "./format-verdict.ts";
import { painter } from "./paint.ts";

const MODES = ["showrunner", "kayenta"] as const;
type Mode = (typeof MODES)[number];
const BYTES_MAX = 64 * 1024 * 1024;
/** More would bury the first one. */
const PROBLEMS_MAX = 20;

const JUDGES: Readonly<Record<Mode, (input: JudgeInput) => OfflineVerdict>> = {
  showrunner: judgePairs,
  kayenta: judgeKayenta,
};

interface JudgeOptions {
  readonly mode: Mode;
  readonly json?: true;
  readonly gate?: true;
}

const HELP = `
The file holds one input, or an array of inputs:
  { "canaryConfig": <Kayenta canary config>, "thresholds": { "pass": 95, "marginal": 75 },
    "metricSetPairs": [{ "name": "latency", "control": [..], "experiment": [..] }],
    "options": { "tolerance": 0.25, "confLevel": 0.98 } }
Values of one place in control and experiment are of one time; "NaN" is a missing value. "options" is for Kayenta mode.

With --json it prints one verdict for one input, and an array for an array. ciLower, ciUpper and estimate are of the
change from control to experiment: in units of the values in Kayenta mode, as a part of the control in Showrunner mode
(0.1 is +10%).

Exits with 0 when all was judged, whatever the verdicts; with --gate, with 1 unless all pass. Exits with 1 when the
input cannot be judged.

Example:
  showrunner judge metrics.json --mode kayenta --json
  curl -s https://metrics.internal/canary.json | showrunner judge - --gate`;

/** `showrunner judge`: judges stored measurements without a control plane. */
export function addJudge(program: Command, context: CliContext, finish: (code: ExitCode) => void): void {
  program
    .command("judge")
    .summary("judge a canary's measurements offline")
    .description(
      "Judges a canary's measurements offline: by Showrunner's own method, or exactly as Kayenta's NetflixACAJudge does.",
    )
    .argument("<file>", "a JSON file; - reads standard input")
    .addOption(new Option("--mode <mode>", "whose method").choices(MODES).default("showrunner"))
    .option("--json", "print one JSON document")
    .option("--gate", "exit with 1 unless every verdict is a pass")
    .addHelpText("after", HELP)
    .action(async (file: string, options: JudgeOptions) => {
      finish(await judge(file, options, context));
    });
}

async function judge(file: string, options: JudgeOptions, context: CliContext): Promise<ExitCode> {
  const text = file === "-" ? await context.stdin() : await readText(path.resolve(context.cwd, file));
  const document = parseJson(text, file);
  const inputs = readInputs(document, text, file, context);
  if (inputs === null) return 1;
  const verdicts = inputs.map(JUDGES[options.mode]);
  if (options.json === true) {
    context.out(`${JSON.stringify(Array.isArray(document) ? verdicts : verdicts[0], null, 2)}\n`);
  } else {
    context.out(verdicts.map((verdict) => formatVerdict(verdict, painter(context.colour))).join("\n"));
  }
  const isAllPassed = verdicts.every(({ classification }) => classification === "Pass");
  return options.gate === true && !isAllPassed ? 1 : 0;
}

async function readText(file: string): Promise<string> {
  const handle = await open(file).catch(() => null);
  if (handle === null) throw new CliError(2, `There is no file ${file}.`);
  try {
    const stats = await handle.stat();
    if (stats.isDirectory()) throw new CliError(2, `${file} is a folder; name a JSON file.`);
    if (stats.size > BYTES_MAX) throw new CliError(1, `${file} is larger than 64 MiB. Judge it in parts.`);
    return await handle.readFile("utf8");
  } finally {
    await handle.close();
  }
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return parsePythonJson(text, file);
  }
}

/** Python writes NaN bare, which no other JSON reader takes. */
function parsePythonJson(text: string, file: string): unknown {
  try {
    return JSON.parse(
      text.replaceAll(/"(?:[^"\\]|\\.)*"|\bNaN\b/g, (part) => (part === "NaN" ? '"NaN"' : part)),
    );
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const place = /\(line (\d+) column (\d+)\)/.exec(message);
    const at = place === null ? "" : `:${place[1]}:${place[2]}`;
    throw new CliError(1, `${file}${at}: This is not JSON: ${message}`);
  }
}

/** Null when there are problems, which are then told. */
function readInputs(document: unknown, text: string, file: string, context: CliContext): JudgeInput[] | null {
  const documents: readonly unknown[] = Array.isArray(document) ? document : [document];
  const inputs: JudgeInput[] = [];
  const problems: InputProblem[] = [];
  for (const [at, one] of documents.entries()) {
    const read = readJudgeInput(one);
    if (read.ok) inputs.push(read.input);
    else {
      const within = Array.isArray(document) ? [at] : [];
      problems.push(...read.problems.map((problem) => ({ ...problem, path: [...within, ...problem.path] })));
    }
  }
  if (problems.length === 0) return inputs;
  const lineOf = lineFinder(text);
  for (const { path: keys, message, fix } of problems.slice(0, PROBLEMS_MAX)) {
    context.log(`${file}:${lineOf(keys)}: ${keys.join(".")}: ${message} ${fix}`);
  }
  if (problems.length > PROBLEMS_MAX) context.log(`And ${problems.length - PROBLEMS_MAX} more.`);
  return null;
}

/** Lines by path; where a part of the path is missing, of the nearest value around it. JSON is YAML too. */
function lineFinder(text: string): (keys: InputProblem["path"]) => number {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: false });
  return (keys) => {
    for (let length = keys.length; length > 0; length -= 1) {
      const node: unknown = document.getIn(keys.slice(0, length), true);
      const start = rangeStart(node);
      if (start !== null) return lines.linePos(start).line;
    }
    return 1;
  };
}

function rangeStart(node: unknown): number | null {
  if (typeof node !== "object" || node === null || !("range" in node) || !Array.isArray(node.range))
    return null;
  const start: unknown = node.range[0];
  return typeof start === "number" ? start : null;
}

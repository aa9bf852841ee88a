import { realpath, stat } from "node:fs/promises";
import path from "node:path";
import { InvalidArgumentError, type Command } from "commander";
import { readTextFile } from "#adapters/manifests/read-text-file.ts";
import type { FleetManifest } from "#domain/manifest/fleet-manifest.ts";
import { parseFleet, parseScript, type Parsed } from "#domain/manifest/parse-manifest.ts";
import type { ScriptManifest } from "#domain/manifest/script-manifest.ts";
import { canaryMsMax } from "#domain/rollout/canary-time.ts";
import { planRollout } from "#domain/rollout/plan-rollout.ts";
import { getApi } from "./api-client.ts";
import { CliError, type CliContext, type ExitCode } from "./cli-context.ts";
import { findFleet } from "./find-fleet.ts";
import { formatPlan, planDocument, readPlanDocument } from "./format-plan.ts";
import { formatProblems } from "./format-problems.ts";

interface PlanOptions {
  readonly fleet?: string;
  readonly start?: number;
  readonly json?: true;
}

/** `showrunner plan`: the timetable of a rollout. */
export function addPlan(program: Command, context: CliContext, finish: (code: ExitCode) => void): void {
  program
    .command("plan")
    .summary("show the waves of a rollout and when it would be complete")
    .description(
      "Shows what merging a script now would do: waves, windows and times. A folder is planned offline with a fleet.yaml; a script's name is asked of the control plane.",
    )
    .argument("<script>", "folder of a script (SCRIPT_DIR), or the name of a script")
    .option(
      "--fleet <file>",
      "the fleet.yaml to plan with; else one in, above or beside the folder, else the control plane's",
    )
    .option("--start <time>", "plan as if merged at this time (RFC 3339); now when left out", parseTime)
    .option("--json", "print one JSON document")
    .addHelpText(
      "after",
      "\nExample:\n  showrunner plan fixtures/repos/artwork\n  showrunner plan artwork --json",
    )
    .action(async (script: string, options: PlanOptions) => {
      const folder = await folderOf(script, context);
      finish(
        folder === null
          ? await planByName(script, options, context)
          : await planOffline(folder, options, context),
      );
    });
}

async function planOffline(folder: string, options: PlanOptions, context: CliContext): Promise<ExitCode> {
  const script = await readScript(folder, context);
  const fleet = await readFleet(folder, options, context);
  if (script === null || fleet === null) return 1;
  const startMs = options.start ?? context.now();
  // What was tried before is not known here.
  const planned = planRollout({ manifest: script, fleet, startMs, canaryMs: canaryMsMax(script) });
  if (!planned.ok) {
    const later =
      planned.earliestMs === undefined
        ? ""
        : ` It can from ${new Date(planned.earliestMs).toISOString()} on.`;
    context.log(`The rollout cannot be promised. ${planned.reason}${later}`);
    return 1;
  }
  const document = planDocument(`${script.name}@${script.version}`, planned.plan);
  context.out(options.json === true ? `${JSON.stringify(document, null, 2)}\n` : formatPlan(document));
  return 0;
}

async function planByName(name: string, options: PlanOptions, context: CliContext): Promise<ExitCode> {
  const match = /^([a-z0-9][a-z0-9-]{0,62})(?:@([a-z0-9][a-z0-9._-]{0,31}))?$/.exec(name);
  if (match === null) throw new CliError(2, `"${name}" is neither a folder nor the name of a script.`);
  if (options.fleet !== undefined || options.start !== undefined) {
    throw new CliError(2, `--fleet and --start are for folders; there is no folder "${name}".`);
  }
  const version = match[2] === undefined ? "" : `?version=${encodeURIComponent(match[2])}`;
  const answer = await getApi(`/api/scripts/${match[1]}/plan${version}`, context);
  if (!answer.ok) {
    context.log(answer.message);
    return 1;
  }
  const document = readPlanDocument(answer.body);
  if (document === null)
    throw new CliError(3, "The control plane's answer is not a plan. Is it another version?");
  context.out(options.json === true ? `${JSON.stringify(document, null, 2)}\n` : formatPlan(document));
  return 0;
}

/** A folder, or the folder of a manifest that was named itself; null when there is no such path. */
async function folderOf(script: string, context: CliContext): Promise<string | null> {
  const file = path.resolve(context.cwd, script);
  const stats = await stat(file).catch(() => null);
  if (stats === null) return null;
  return stats.isDirectory() ? file : path.dirname(file);
}

async function readScript(folder: string, context: CliContext): Promise<ScriptManifest | null> {
  for (const name of ["showrunner.yaml", "showrunner.yml"]) {
    const file = path.join(folder, name);
    if ((await stat(file).catch(() => null)) === null) continue;
    return manifestOf(file, context, parseScript);
  }
  throw new CliError(2, `There is no showrunner.yaml in ${folder}.`);
}

async function readFleet(
  folder: string,
  options: PlanOptions,
  context: CliContext,
): Promise<FleetManifest | null> {
  const named = options.fleet === undefined ? null : path.resolve(context.cwd, options.fleet);
  const file = named ?? (await findFleet(folder));
  if (file !== null) return manifestOf(file, context, parseFleet);
  const answer = await getApi("/api/fleet", context);
  if (!answer.ok) throw new CliError(3, `The control plane has no fleet: ${answer.message}`);
  const { body } = answer;
  const text = typeof body === "object" && body !== null && "fleet" in body ? body.fleet : undefined;
  if (typeof text !== "string") throw new CliError(3, "The control plane's answer holds no fleet.yaml.");
  return shown(parseFleet(text, "fleet.yaml"), new Map([["fleet.yaml", text]]), context);
}

async function manifestOf<T>(
  file: string,
  context: CliContext,
  parse: (text: string, file: string) => Parsed<T>,
): Promise<T | null> {
  const real = await realpath(file).catch(() => null);
  if (real === null) throw new CliError(2, `There is no file ${file}.`);
  const read = await readTextFile(real);
  if (!read.ok) throw new CliError(read.code === "file-unreadable" ? 2 : 1, `${file}: ${read.message}`);
  const name = path.relative(context.cwd, file);
  return shown(parse(read.text, name), new Map([[name, read.text]]), context);
}

function shown<T>(parsed: Parsed<T>, files: ReadonlyMap<string, string>, context: CliContext): T | null {
  if (parsed.ok) return parsed.manifest;
  context.log(formatProblems({ files, problems: parsed.problems }, "pretty", false).trimEnd());
  return null;
}

function parseTime(text: string): number {
  const isTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(text);
  const ms = isTime ? Date.parse(text) : NaN;
  if (Number.isNaN(ms)) throw new InvalidArgumentError("Write it like 2026-05-04T09:00:00Z.");
  return ms;
}

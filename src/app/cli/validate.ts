import { InvalidArgumentError, Option, type Command } from "commander";
import { readManifestFiles, type ManifestFiles } from "#adapters/manifests/read-manifest-files.ts";
import type { FleetManifest } from "#domain/manifest/fleet-manifest.ts";
import { parseFleet } from "#domain/manifest/parse-manifest.ts";
import type { Problem } from "#domain/manifest/problem.ts";
import { validateFiles } from "#domain/manifest/validate-files.ts";
import { CliError, type CliContext, type ExitCode } from "./cli-context.ts";
import { formatProblems, PROBLEM_FORMATS, type ProblemFormat } from "./format-problems.ts";

interface ValidateOptions {
  readonly format: ProblemFormat;
  readonly json?: true;
  readonly fleet?: string;
}

/** `showrunner validate`: checks manifests offline. */
export function addValidate(program: Command, context: CliContext, finish: (code: ExitCode) => void): void {
  program
    .command("validate")
    .summary("check manifests of every kind, offline")
    .description(
      "Checks manifests of every kind, in files or folders, without a network. A folder with a fleet.yaml in it (or --fleet) is checked with all cross-references. Exits with 1 when there is an error.",
    )
    .argument("[paths...]", "files or folders", ["."])
    .addOption(
      new Option("--format <format>", "how to print problems").choices(PROBLEM_FORMATS).default("pretty"),
    )
    .option("--json", "the same as --format json")
    .option("--fleet <file>", "the fleet.yaml that the manifests are held against", notEmpty)
    .addHelpText(
      "after",
      "\nExample:\n  showrunner validate fixtures\n  showrunner validate showrunner.yaml --fleet ../fleet/fleet.yaml --format github",
    )
    .action(async (paths: string[], options: ValidateOptions) => {
      finish(await validate(paths, options, context));
    });
}

async function validate(paths: string[], options: ValidateOptions, context: CliContext): Promise<ExitCode> {
  const read = await filesOf(paths, context);
  const problems: Problem[] = [...read.problems];
  const shared = { fleetFile: options.fleet ?? "fleet.yaml", nowMs: context.now() };
  if (options.fleet === undefined) {
    problems.push(...validateFiles(read.files, { fleet: null, ...shared }));
  } else {
    const { fleet, problems: ofFleet } = await readFleet(options.fleet, read, context);
    problems.push(...ofFleet, ...validateFiles(read.files, { fleet, ...shared }));
  }
  if (read.files.size === 0 && problems.length === 0) problems.push(noManifests(paths));
  const format = options.json === true ? "json" : options.format;
  context.out(formatProblems({ files: read.files, problems }, format, context.colour));
  return problems.some((problem) => problem.severity === "error") ? 1 : 0;
}

async function readFleet(
  file: string,
  checked: ManifestFiles,
  context: CliContext,
): Promise<{ fleet: FleetManifest | null; problems: readonly Problem[] }> {
  const read = await filesOf([file], context);
  const [entry] = read.files;
  if (entry === undefined) return { fleet: null, problems: read.problems };
  const [name, text] = entry;
  const parsed = parseFleet(text, name);
  // A fleet.yaml among the checked files is reported with them.
  const problems = checked.files.has(name) ? [] : parsed.problems;
  return { fleet: parsed.ok ? parsed.manifest : null, problems };
}

async function filesOf(paths: readonly string[], context: CliContext): Promise<ManifestFiles> {
  const read = await readManifestFiles(paths, context.cwd);
  if (!read.ok) throw new CliError(2, `There is no file or folder ${read.missing}.`);
  return read;
}

function noManifests(paths: readonly string[]): Problem {
  const message = "There is no showrunner.yaml or fleet.yaml here.";
  return { file: paths[0] ?? ".", line: 1, column: 1, severity: "error", code: "no-manifests", message };
}

function notEmpty(value: string): string {
  if (value === "") throw new InvalidArgumentError("It is empty.");
  return value;
}

import { readFile } from "node:fs/promises";
import path from "node:path";
import type { Command } from "commander";
import { parseSelector } from "#domain/operations/operation-target.ts";
import { CliError, type CliContext, type ExitCode } from "./cli-context.ts";
import { recordsOf, textOf, textsOf } from "./json-fields.ts";
import { printable } from "./paint.ts";
import { postOrder } from "./post-order.ts";
import { userName } from "./user-name.ts";

interface StartOptions {
  readonly library?: string;
  readonly to?: string;
  readonly advisory?: string;
  readonly selector?: readonly string[];
  readonly name?: string;
  readonly owner?: string;
  readonly reason?: string;
  readonly dryRun?: true;
  readonly json?: true;
}

/** `showrunner campaign start`. */
export function addCampaignStart(
  campaign: Command,
  context: CliContext,
  finish: (code: ExitCode) => void,
): void {
  campaign
    .command("start")
    .summary("start a campaign")
    .description(
      "Starts a campaign: one commit in the fleet repository. --library touches direct uses only and keeps the range operator; transitive ones only with --advisory.",
    )
    .option("--library <name>", "the npm package to upgrade")
    .option("--to <version>", "the version to reach")
    .option("--advisory <file>", "an OSV advisory as JSON; updates transitive uses too")
    .option(
      "-l, --selector <label=value...>",
      "only repositories with scripts that carry all of these labels",
    )
    .option("--name <name>", "what to call it (default: the library and the version)")
    .option("--owner <owner>", "who answers for it (default: the fleet's first operator)")
    .option("--reason <text>", "why, one line")
    .option("--dry-run", "show what would happen, and do nothing")
    .option("--json", "print one JSON document")
    .addHelpText(
      "after",
      "\nExample:\n  showrunner campaign start --library @acme/edge-kit --to 1.2.4\n  showrunner campaign start --advisory osv.json",
    )
    .action(async (options: StartOptions) => {
      finish(await start(options, context));
    });
}

async function start(options: StartOptions, context: CliContext): Promise<ExitCode> {
  const { library, to, advisory: file, name, owner, reason } = options;
  if (file === undefined && (library === undefined || to === undefined))
    throw new CliError(2, "Name a library and a version (--library, --to), or an --advisory.");
  const selector = options.selector === undefined ? null : parseSelector(options.selector.join(","));
  if (options.selector !== undefined && selector?.kind !== "selector")
    throw new CliError(2, `"${options.selector.join(" ")}" is no selector. Write labels like team=web.`);
  const by = userName(context);
  const isDone = await postOrder(
    "/api/campaigns",
    {
      ...(library !== undefined && { library }),
      ...(to !== undefined && { to }),
      ...(file !== undefined && { advisory: await advisoryIn(file, context) }),
      ...(name !== undefined && { name }),
      ...(owner !== undefined && { owner }),
      ...(reason !== undefined && { description: reason }),
      ...(selector?.kind === "selector" && { selector: selector.labels }),
      ...(by !== null && { by }),
      dryRun: options.dryRun === true,
    },
    { asJson: options.json === true, say: (body) => words(body, options.dryRun === true) },
    context,
  );
  return isDone ? 0 : 1;
}

function words(body: Readonly<Record<string, unknown>>, isDryRun: boolean): string {
  const names = recordsOf(body["campaigns"]).map((one) => textOf(one["name"]));
  const lines = [
    `${isDryRun ? "Would start" : "Started"} ${names.join(", ")}`,
    ...textsOf(body["files"]).map((written) => `  written ${written}`),
    ...(isDryRun ? [] : [`Follow it: showrunner campaign show ${names[0] ?? ""}`]),
  ];
  return `${lines.map(printable).join("\n")}\n`;
}

/** The advisory in a file, as JSON; what it says is checked by the server. */
export async function advisoryIn(file: string, context: CliContext): Promise<unknown> {
  const text = await readFile(path.resolve(context.cwd, file), "utf8").catch(() => {
    throw new CliError(2, `--advisory ${file}: it cannot be read.`);
  });
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    throw new CliError(2, `${file} is not JSON.`);
  }
}

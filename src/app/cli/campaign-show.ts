import type { Command } from "commander";
import { nameOf } from "#domain/campaign/campaign-file.ts";
import { getApi } from "./api-client.ts";
import type { CliContext, ExitCode } from "./cli-context.ts";
import { recordOf, recordsOf, textOf } from "./json-fields.ts";
import { printable } from "./paint.ts";

interface ShowOptions {
  readonly json?: true;
}

/** `showrunner campaign list` and `show`. */
export function addCampaignShow(
  campaign: Command,
  context: CliContext,
  finish: (code: ExitCode) => void,
): void {
  campaign
    .command("list")
    .summary("list campaigns")
    .description("Lists campaigns with how far each is.")
    .option("--json", "print one JSON document")
    .addHelpText("after", "\nExample:\n  showrunner campaign list")
    .action(async (options: ShowOptions) => {
      finish(await list(options, context));
    });
  campaign
    .command("show <campaign>")
    .summary("show a campaign")
    .description("Shows a campaign: progress, and every repository with state, score and pull request.")
    .option("--json", "print one JSON document")
    .addHelpText("after", "\nExample:\n  showrunner campaign show edge-kit-1.2.4")
    .action(async (name: string, options: ShowOptions) => {
      finish(await show(name, options, context));
    });
}

async function list(options: ShowOptions, context: CliContext): Promise<ExitCode> {
  const answer = await getApi("/api/campaigns", context);
  if (options.json === true) context.out(`${JSON.stringify(answer.body, null, 2)}\n`);
  if (!answer.ok) {
    context.log(printable(answer.message));
    return 1;
  }
  const campaigns = recordsOf(recordOf(answer.body)["campaigns"]);
  if (options.json === true) return 0;
  const lines = campaigns.flatMap((one) => [
    `${textOf(one["name"])}  ${textOf(one["state"])}  ${textOf(one["progress"])}`,
    ...problemLine(one).map((line) => `  ${line}`),
  ]);
  const empty = "There is no campaign. Start one: showrunner campaign start --library L --to V";
  context.out(`${(lines.length === 0 ? [empty] : lines).map(printable).join("\n")}\n`);
  return 0;
}

async function show(name: string, options: ShowOptions, context: CliContext): Promise<ExitCode> {
  const answer = await getApi(`/api/campaigns/${encodeURIComponent(nameOf(name))}`, context);
  if (options.json === true) context.out(`${JSON.stringify(answer.body, null, 2)}\n`);
  if (!answer.ok) {
    context.log(printable(answer.message));
    return 1;
  }
  if (options.json !== true) context.out(words(recordOf(answer.body)));
  return 0;
}

/** Most in need of somebody first. */
const order = [
  "failed",
  "rolledBack",
  "blocked",
  "marginal",
  "inconclusive",
  "untried",
  "passed",
  "trying",
  "rollingOut",
  "waiting",
  "closed",
  "shipped",
  "notNeeded",
];

function words(body: Readonly<Record<string, unknown>>): string {
  const stopped = recordOf(body["stopped"]);
  const units = recordsOf(body["units"])
    .filter((unit) => unit["state"] !== "notNeeded")
    .toSorted((a, b) => order.indexOf(textOf(a["state"])) - order.indexOf(textOf(b["state"])));
  const lines = [
    `${textOf(body["name"])}  ${textOf(body["library"])} to ${textOf(body["to"])}  ${textOf(body["state"])}`,
    textOf(body["progress"]),
    ...problemLine(body),
    ...(typeof stopped["reason"] === "string"
      ? [`Stopped by ${textOf(stopped["by"])}: ${stopped["reason"]}`]
      : []),
    ...(typeof body["supersededBy"] === "string" ? [`Superseded by ${body["supersededBy"]}`] : []),
    "",
    ...units.map(unitLine),
  ];
  return `${lines.map(printable).join("\n")}\n`;
}

function problemLine(campaign: Readonly<Record<string, unknown>>): string[] {
  return typeof campaign["problem"] === "string" ? [`Nothing to go by: ${campaign["problem"]}`] : [];
}

function unitLine(unit: Readonly<Record<string, unknown>>): string {
  const number = textOf(recordOf(unit["pullRequest"])["number"]);
  const name = `${textOf(unit["repository"])}${number === "" ? "" : `#${number}`}`;
  return `  ${name.padEnd(40)} ${textOf(unit["base"]).padEnd(14)} ${textOf(unit["stateText"])}`;
}

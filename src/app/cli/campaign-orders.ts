import { setTimeout as sleep } from "node:timers/promises";
import { InvalidArgumentError, type Command } from "commander";
import { nameOf } from "#domain/campaign/campaign-file.ts";
import { getApi } from "./api-client.ts";
import type { CliContext, ExitCode } from "./cli-context.ts";
import { recordOf, recordsOf, textOf } from "./json-fields.ts";
import { printable } from "./paint.ts";
import { postOrder } from "./post-order.ts";
import { userName } from "./user-name.ts";

interface OrderOptions {
  readonly score?: number;
  readonly reason?: string;
  readonly dryRun?: true;
  readonly wait?: true;
  readonly json?: true;
}

const POLL_MS = 1_000;

/** `showrunner campaign ship`, `stop`, `resume` and `rollback`. */
export function addCampaignOrders(
  campaign: Command,
  context: CliContext,
  finish: (code: ExitCode) => void,
): void {
  const verbs = [
    ["ship", "merge everything that scores enough, a few rollouts at a time"],
    ["stop", "open and ship nothing more of a campaign"],
    ["resume", "let a stopped campaign go on"],
    ["rollback", "stop a campaign, and take everything back that it shipped"],
  ] as const;
  for (const [verb, does] of verbs) {
    const command = campaign
      .command(`${verb} <campaign>`)
      .summary(does)
      .description(`${does.charAt(0).toUpperCase()}${does.slice(1)}. It leaves one audit record.`)
      .option("--reason <text>", "why, for the record")
      .option("--dry-run", "show what would happen, and do nothing")
      .option("--json", "print one JSON document")
      .addHelpText("after", `\nExample:\n  showrunner campaign ${verb} edge-kit-1.2.4`);
    if (verb === "ship") {
      command.option(
        "--score <score>",
        "what a pull request must score (default: the campaign's shipScore)",
        score,
      );
      command.option("--wait", "until everything was merged");
    }
    command.action(async (name: string, options: OrderOptions) => {
      finish(await order(verb, nameOf(name), options, context));
    });
  }
}

async function order(
  verb: "ship" | "stop" | "resume" | "rollback",
  name: string,
  options: OrderOptions,
  context: CliContext,
): Promise<ExitCode> {
  const by = userName(context);
  const isDone = await postOrder(
    `/api/campaigns/${encodeURIComponent(name)}/${verb}`,
    {
      ...(options.score !== undefined && { score: options.score }),
      ...(options.reason !== undefined && { reason: options.reason }),
      ...(by !== null && { by }),
      dryRun: options.dryRun === true,
    },
    { asJson: options.json === true, say: (body) => words(verb, name, body, options.dryRun === true) },
    context,
  );
  if (!isDone) return 1;
  if (options.wait === true && options.dryRun !== true) await untilMerged(name, context);
  return 0;
}

async function untilMerged(name: string, context: CliContext): Promise<void> {
  for (;;) {
    const { body } = await getApi(`/api/campaigns/${encodeURIComponent(name)}`, context);
    const { shipping, progress } = recordOf(body);
    context.log(printable(textOf(progress)));
    if (shipping === 0) return;
    await sleep(POLL_MS);
  }
}

function words(
  verb: string,
  name: string,
  body: Readonly<Record<string, unknown>>,
  isDryRun: boolean,
): string {
  if (verb === "rollback") return rollbackWords(name, body, isDryRun);
  if (verb !== "ship") return `${isDryRun ? "Would do: " : ""}${verb} ${name}\n`;
  const ships = recordsOf(body["ships"]);
  const lines = [
    `${isDryRun ? "Would ship" : "Shipping"} ${ships.length} that score ${textOf(body["score"])} or more, ${textOf(body["atOnce"])} rollouts at once`,
    ...ships.map(
      (one) => `  ${textOf(one["repository"])}#${textOf(one["pullRequest"])}  ${textOf(one["score"])}/100`,
    ),
    ...recordsOf(body["left"]).map(
      (one) => `  left: ${textOf(one["repository"])}#${textOf(one["pullRequest"])}  ${textOf(one["why"])}`,
    ),
    ...(isDryRun ? [] : [`Undo what was not merged yet: showrunner campaign stop ${name}`]),
  ];
  return `${lines.map(printable).join("\n")}\n`;
}

function rollbackWords(name: string, body: Readonly<Record<string, unknown>>, isDryRun: boolean): string {
  const items = recordsOf(body["takesBack"]);
  const [coming, open] = [Number(body["coming"]), Number(body["open"])];
  const lines = [
    `${isDryRun ? "Would take" : "Taking"} ${items.length} back, ${textOf(body["atOnce"])} rollouts at once`,
    ...items.map((one) => {
      const to = textOf(one["to"]);
      return `  ${line(one)}  from ${textOf(one["from"]).slice(0, 7)}${to === "" ? "" : ` to ${to.slice(0, 7)}`}`;
    }),
    ...recordsOf(body["left"]).map((one) => `  left: ${line(one)}  ${textOf(one["why"])}`),
    ...(coming > 0 ? [`  ${coming} merged and not built yet: back once they roll out`] : []),
    ...(open > 0 ? [`  ${open} open pull requests: not merged`] : []),
    ...(isDryRun
      ? []
      : [
          `Stop taking back: showrunner campaign resume ${name}`,
          "Send one out again: showrunner promote SCRIPT --reason REASON",
        ]),
  ];
  return `${lines.map(printable).join("\n")}\n`;
}

function line(one: Readonly<Record<string, unknown>>): string {
  return `${textOf(one["repository"])}#${textOf(one["pullRequest"])}  ${textOf(one["script"])}`;
}

function score(text: string): number {
  const value = Number(text);
  if (!/^\d{1,3}(?:\.\d+)?$/.test(text) || value > 100)
    throw new InvalidArgumentError("Write a score from 0 to 100.");
  return value;
}

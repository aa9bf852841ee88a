import { InvalidArgumentError, type Command } from "commander";
import { parseDurationMs } from "#domain/manifest/duration.ts";
import { formatTarget, parseSelector, parseTargetText } from "#domain/operations/operation-target.ts";
import type { OperationKind, OperationTarget } from "#domain/operations/operation.ts";
import { CliError, type CliContext, type ExitCode } from "./cli-context.ts";
import { recordsOf, textOf } from "./json-fields.ts";
import { printable } from "./paint.ts";
import { postOrder } from "./post-order.ts";
import { userName } from "./user-name.ts";

interface OperateOptions {
  readonly selector?: readonly string[];
  readonly reason?: string;
  readonly for?: string;
  readonly to?: string;
  readonly confirm?: number;
  readonly dryRun?: true;
  readonly json?: true;
}

interface Verb {
  readonly kind: OperationKind;
  readonly does: string;
  readonly example: string;
}

const onScripts: readonly Verb[] = [
  {
    kind: "pause",
    does: "keep scripts from moving on: nothing gets a new exposure, what is exposed stays",
    example: 'showrunner pause artwork --reason "checkout errors"',
  },
  {
    kind: "resume",
    does: "let paused scripts move on",
    example: "showrunner resume group:checkout",
  },
  {
    kind: "abort",
    does: "withdraw the revision on its way, where it is not stable yet",
    example: 'showrunner abort artwork --reason "wrong branch" --dry-run',
  },
  {
    kind: "rollback",
    does: "take the newest revision back everywhere, to the one before or to an earlier commit",
    example: 'showrunner rollback artwork --to 1f0c9e2 --reason "errors since 14:00"',
  },
  {
    kind: "promote",
    does: "override: try again what was held back, let a hotfix through a freeze, or end a bake now",
    example: 'showrunner promote artwork --reason "checked by hand"',
  },
];

const onScopes: readonly Verb[] = [
  {
    kind: "freeze",
    does: "let nothing change in the fleet, region:R, group:G or a script, except by rollback or kill",
    example: 'showrunner freeze region:eu-west-1 --reason "incident 42" --for 2h',
  },
  { kind: "unfreeze", does: "end a freeze", example: "showrunner unfreeze region:eu-west-1" },
  {
    kind: "kill",
    does: "stop a script everywhere now; or a group, a region or the fleet, region by region",
    example: 'showrunner kill artwork --reason "leaks addresses"',
  },
  { kind: "unkill", does: "let what was killed answer again", example: "showrunner unkill artwork" },
];

const timed: readonly OperationKind[] = ["freeze", "kill"];

/** `showrunner pause`, `resume`, `abort`, `rollback`, `promote`, `freeze`, `unfreeze`, `kill` and `unkill`. */
export function addOperations(program: Command, context: CliContext, finish: (code: ExitCode) => void): void {
  for (const verb of onScripts)
    addVerb(program, context, finish, verb, "a script (NAME or NAME@VERSION) or group:NAME");
  for (const verb of onScopes)
    addVerb(program, context, finish, verb, "fleet, region:NAME, group:NAME or a script");
}

function addVerb(
  program: Command,
  context: CliContext,
  finish: (code: ExitCode) => void,
  { kind, does, example }: Verb,
  argument: string,
): void {
  const command = program
    .command(kind)
    .summary(does)
    .description(
      `${does.charAt(0).toUpperCase()}${does.slice(1)}. It becomes one commit in the fleet repository, with the reason, and shows what undoes it.`,
    )
    .argument("[target]", argument)
    .option("-l, --selector <label=value...>", "scripts that carry all of these labels")
    .option("--reason <text>", "why, for the record")
    .option("--confirm <count>", "how many scripts a selector is known to change", countOf)
    .option("--dry-run", "show what would happen, and do nothing")
    .option("--json", "print one JSON document")
    .addHelpText("after", `\nExample:\n  ${example}`);
  if (timed.includes(kind)) command.option("--for <duration>", "how long it holds, such as 2h", durationText);
  if (kind === "rollback") command.option("--to <sha>", "the commit to go back to", commitText);
  command.action(async (target: string | undefined, options: OperateOptions) => {
    finish(await operate(kind, target, options, context));
  });
}

async function operate(
  kind: OperationKind,
  argument: string | undefined,
  options: OperateOptions,
  context: CliContext,
): Promise<ExitCode> {
  const target = targetOf(argument, options.selector);
  if (kind === "promote" && options.reason === undefined)
    throw new CliError(2, "promote overrides what keeps a rollout back: say why with --reason.");
  const by = userName(context);
  const isDone = await postOrder(
    "/api/operations",
    {
      kind,
      target: target.kind === "selector" ? { selector: formatTarget(target).slice(3) } : formatTarget(target),
      reason: options.reason ?? `asked with showrunner ${kind}`,
      ...(options.for !== undefined && { for: options.for }),
      ...(options.to !== undefined && { to: options.to }),
      ...(options.confirm !== undefined && { confirm: options.confirm }),
      ...(by !== null && { by }),
      dryRun: options.dryRun === true,
    },
    { asJson: options.json === true, say: (body) => words(body, options.dryRun === true) },
    context,
  );
  return isDone ? 0 : 1;
}

function targetOf(text: string | undefined, selector: readonly string[] | undefined): OperationTarget {
  if ((text === undefined) === (selector === undefined))
    throw new CliError(2, "Name a target, or select scripts with -l label=value; one of the two.");
  const target = selector === undefined ? parseTargetText(text ?? "") : parseSelector(selector.join(","));
  if (target !== null) return target;
  throw new CliError(
    2,
    selector === undefined
      ? `"${text}" is no target. Write NAME, NAME@VERSION, group:NAME, region:NAME or fleet.`
      : `"${selector.join(" ")}" is no selector. Write labels like team=web.`,
  );
}

function words(body: Readonly<Record<string, unknown>>, isDryRun: boolean): string {
  const files = recordsOf(body["files"]);
  const lines = [
    `${isDryRun ? "Would do: " : ""}${textOf(body["summary"])}`,
    ...files.map((file) => `  ${textOf(file["change"])} ${textOf(file["path"])}`),
    ...(typeof body["undo"] === "string" && !isDryRun ? [`Undo: ${body["undo"]}`] : []),
  ];
  return `${lines.map(printable).join("\n")}\n`;
}

function countOf(value: string): number {
  if (!/^[1-9]\d{0,6}$/.test(value)) throw new InvalidArgumentError("Write a number of scripts.");
  return Number(value);
}

function durationText(value: string): string {
  if (parseDurationMs(value) === null) throw new InvalidArgumentError("Write a duration like 2h or 30m.");
  return value;
}

function commitText(value: string): string {
  if (!/^[0-9a-f]{4,40}$/.test(value)) throw new InvalidArgumentError("Write a commit, at least 4 digits.");
  return value;
}

import type { Command } from "commander";
import { getApi, postApi } from "./api-client.ts";
import type { CliContext, ExitCode } from "./cli-context.ts";
import { recordOf, recordsOf, textOf } from "./json-fields.ts";
import { printable } from "./paint.ts";
import { userName } from "./user-name.ts";

interface JsonOption {
  readonly json?: true;
}

interface OrderOptions extends JsonOption {
  readonly reason: string;
}

/** `showrunner experiment`: what experiments found, and how they end. */
export function addExperiment(program: Command, context: CliContext, finish: (code: ExitCode) => void): void {
  const experiment = program
    .command("experiment")
    .summary("see what experiments found, and end them")
    .description(
      "Shows and ends experiments. One begins with a file under experiments/ in the fleet repository.",
    )
    .addHelpText("after", "\nExample:\n  showrunner experiment show cards");
  experiment
    .command("list")
    .summary("list experiments")
    .description("Lists experiments with where each stands.")
    .option("--json", "print one JSON document")
    .addHelpText("after", "\nExample:\n  showrunner experiment list")
    .action(async (options: JsonOption) => finish(await list(options, context)));
  experiment
    .command("show <experiment>")
    .summary("show an experiment")
    .description("Shows an experiment: every cell against the control.")
    .option("--json", "print one JSON document")
    .addHelpText("after", "\nExample:\n  showrunner experiment show cards")
    .action(async (name: string, options: JsonOption) => finish(await show(name, options, context)));
  experiment
    .command("stop <experiment>")
    .summary("end an experiment")
    .description(
      "Ends an experiment: every request is the stable revision's again. One commit, one audit record.",
    )
    .requiredOption("--reason <text>", "why, for the record")
    .option("--json", "print one JSON document")
    .addHelpText("after", '\nExample:\n  showrunner experiment stop cards --reason "the copy is wrong"')
    .action(async (name: string, options: OrderOptions) =>
      finish(await order(name, "stop", {}, options, context)),
    );
  experiment
    .command("promote <experiment> <cell>")
    .summary("end an experiment with one of its cells for everybody")
    .description(
      "Ends an experiment and proposes one of its cells in a pull request of the script's repository, which rolls out once it is merged.",
    )
    .requiredOption("--reason <text>", "why, for the record")
    .option("--json", "print one JSON document")
    .addHelpText("after", '\nExample:\n  showrunner experiment promote cards quote --reason "more plays"')
    .action(async (name: string, cell: string, options: OrderOptions) =>
      finish(await order(name, "promote", { cell }, options, context)),
    );
}

async function list(options: JsonOption, context: CliContext): Promise<ExitCode> {
  const answer = await getApi("/api/experiments", context);
  if (options.json === true) context.out(`${JSON.stringify(answer.body, null, 2)}\n`);
  if (!answer.ok) return refuse(answer.message, context);
  if (options.json === true) return 0;
  const lines = recordsOf(recordOf(answer.body)["experiments"]).map(
    (one) =>
      `${textOf(one["name"])}  ${textOf(one["script"])}@${textOf(one["version"])}  ${textOf(one["headline"])}`,
  );
  const empty = "There is no experiment. One begins with a file under experiments/ in the fleet repository.";
  context.out(`${(lines.length === 0 ? [empty] : lines).map(printable).join("\n")}\n`);
  return 0;
}

async function show(name: string, options: JsonOption, context: CliContext): Promise<ExitCode> {
  const answer = await getApi(`/api/experiments/${encodeURIComponent(name)}`, context);
  if (options.json === true) context.out(`${JSON.stringify(answer.body, null, 2)}\n`);
  if (!answer.ok) return refuse(answer.message, context);
  if (options.json === true) return 0;
  const body = recordOf(answer.body);
  const pull = textOf(body["pullRequest"]);
  const lines = [
    `${textOf(body["name"])}  ${textOf(body["script"])}@${textOf(body["version"])}`,
    textOf(body["headline"]),
    ...(pull === "" ? [] : [`Pull request #${pull}`]),
    "",
    ...recordsOf(body["cells"]).flatMap(cellLines),
  ];
  context.out(`${lines.map(printable).join("\n")}\n`);
  return 0;
}

function cellLines(cell: Readonly<Record<string, unknown>>): string[] {
  const { goal, guardrails } = cell;
  const word = cell["isControl"] === true ? "control" : textOf(cell["outcome"]) || "not judged yet";
  const metrics = [...(goal === null ? [] : [recordOf(goal)]), ...recordsOf(guardrails)];
  return [
    `  ${textOf(cell["name"]).padEnd(24)} ${textOf(cell["sharePct"])}%  ${textOf(cell["requests"])} requests  ${word}`,
    ...metrics.map((metric) => `    ${textOf(metric["label"])}: ${textOf(metric["reason"])}`),
  ];
}

async function order(
  name: string,
  verb: "stop" | "promote",
  fields: object,
  { reason, json }: OrderOptions,
  context: CliContext,
): Promise<ExitCode> {
  const by = userName(context);
  const path = `/api/experiments/${encodeURIComponent(name)}/${verb}`;
  const answer = await postApi(path, { ...fields, reason, ...(by !== null && { by }) }, context);
  if (json === true) context.out(`${JSON.stringify(answer.body, null, 2)}\n`);
  if (!answer.ok) return refuse(answer.message, context);
  if (json !== true)
    context.out(`${verb === "stop" ? "Stopped" : "Ended, and proposed"}: ${printable(name)}\n`);
  return 0;
}

function refuse(message: string, context: CliContext): ExitCode {
  context.log(printable(message));
  return 1;
}

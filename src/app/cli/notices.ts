import type { Command } from "commander";
import { getApi, postApi } from "./api-client.ts";
import { CliError, type CliContext, type ExitCode } from "./cli-context.ts";

const states = ["waiting", "delivered", "dead"];

/** One webhook to one endpoint, as the API lists it. */
interface ListedNotice {
  readonly id: string;
  readonly endpoint: string;
  readonly text: string;
  readonly state: string;
  readonly attempts: number;
  readonly error: string | null;
}

/** `showrunner notices`: what is told outside, and sending again what was given up. */
export function addNotices(program: Command, context: CliContext, finish: (code: ExitCode) => void): void {
  const notices = program
    .command("notices")
    .summary("list the webhooks that tell others what happens, and send lost ones again")
    .description("Webhooks to the endpoints that fleet.yaml names under notify. Dead ones were given up.")
    .addHelpText(
      "after",
      "\nExamples:\n  showrunner notices list --state dead\n  showrunner notices redeliver --all",
    );
  notices
    .command("list", { isDefault: true })
    .description("Lists them, newest first.")
    .option("--state <state>", "only those that are waiting, delivered or dead")
    .option("--json", "print one JSON document")
    .addHelpText("after", "\nExample:\n  showrunner notices list --state dead")
    .action(async (options: { state?: string; json?: true }) => {
      finish(await list(options.state ?? null, options.json === true, context));
    });
  notices
    .command("redeliver")
    .description("Sends one that was given up again, with its same id, or all of them.")
    .argument("[id]", "id of a notice")
    .option("--all", "all that were given up")
    .option("--json", "print one JSON document")
    .addHelpText("after", "\nExample:\n  showrunner notices redeliver --all")
    .action(async (id: string | undefined, options: { all?: true; json?: true }) => {
      if ((id === undefined) === (options.all !== true))
        throw new CliError(2, "Say which: an id, or --all for all that were given up.");
      finish(await redeliver(id ?? null, options.json === true, context));
    });
}

async function list(state: string | null, asJson: boolean, context: CliContext): Promise<ExitCode> {
  if (state !== null && !states.includes(state))
    throw new CliError(2, `--state is one of ${states.join(", ")}, not "${state}".`);
  const answer = await getApi(`/api/notices${state === null ? "" : `?state=${state}`}`, context);
  const found = answer.ok ? noticesIn(answer.body) : null;
  if (found === null)
    throw new CliError(3, "The control plane has no list of notices. Is it another version?");
  if (asJson) context.out(`${JSON.stringify({ notices: found }, null, 2)}\n`);
  else context.out(found.length === 0 ? "None.\n" : `${found.map(line).join("\n")}\n`);
  return 0;
}

async function redeliver(id: string | null, asJson: boolean, context: CliContext): Promise<ExitCode> {
  const answer = await postApi("/api/notices/redeliver", id === null ? {} : { id }, context);
  const { body } = answer;
  const count =
    answer.ok && typeof body === "object" && body !== null && "redelivered" in body
      ? Number(body.redelivered)
      : Number.NaN;
  if (Number.isNaN(count)) throw new CliError(3, "The control plane did not take it. Is it another version?");
  if (asJson) context.out(`${JSON.stringify({ redelivered: count })}\n`);
  else context.out(`${count} on ${count === 1 ? "its" : "their"} way again.\n`);
  return id !== null && count === 0 ? 1 : 0;
}

function line({ id, endpoint, text, state, attempts, error }: ListedNotice): string {
  const why = error === null ? "" : ` (${attempts} tries: ${error})`;
  return `${state.padEnd(9)}  ${endpoint.padEnd(16)}  ${text}${why}\n           ${id}`;
}

function noticesIn(body: unknown): ListedNotice[] | null {
  if (typeof body !== "object" || body === null || !("notices" in body)) return null;
  return Array.isArray(body.notices) ? body.notices : null;
}

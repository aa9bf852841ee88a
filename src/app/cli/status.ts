import type { Command } from "commander";
import { getApi } from "./api-client.ts";
import { CliError, type CliContext, type ExitCode } from "./cli-context.ts";
import { formatStatus, readStatus, type Status } from "./format-status.ts";

/** `showrunner status`: where scripts and rollouts are. */
export function addStatus(program: Command, context: CliContext, finish: (code: ExitCode) => void): void {
  program
    .command("status")
    .summary("show what each region serves and which rollouts are in flight")
    .description(
      "Shows which revision each region serves and the rollouts in flight, of one script or of all.",
    )
    .argument("[script]", "name of a script, or name@version")
    .option("--json", "print one JSON document")
    .addHelpText("after", "\nExample:\n  showrunner status\n  showrunner status artwork --json")
    .action(async (script: string | undefined, options: { json?: true }) => {
      finish(await status(script, options.json === true, context));
    });
}

async function status(script: string | undefined, asJson: boolean, context: CliContext): Promise<ExitCode> {
  const answer = await getApi("/api/overview", context);
  if (!answer.ok) throw new CliError(3, `The control plane has no overview: ${answer.message}`);
  const whole = readStatus(answer.body);
  if (whole === null) {
    throw new CliError(3, "The control plane's answer is not an overview. Is it another version?");
  }
  const chosen = script === undefined ? whole : only(whole, script);
  if (chosen.scripts.length === 0 && script !== undefined) {
    context.log(`There is no script "${script}".`);
    return 1;
  }
  context.out(asJson ? `${JSON.stringify(chosen, null, 2)}\n` : formatStatus(chosen));
  return 0;
}

function only(whole: Status, script: string): Status {
  const [name, version] = script.split("@", 2);
  return {
    scripts: whole.scripts.filter(
      (entry) => entry.name === name && (version === undefined || entry.version === version),
    ),
    rollouts: whole.rollouts.filter(
      (entry) => entry.script === name && (version === undefined || entry.version === version),
    ),
  };
}

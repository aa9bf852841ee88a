import { Command, CommanderError } from "commander";
import { addCampaign } from "./campaign.ts";
import { CliError, type CliContext, type ExitCode } from "./cli-context.ts";
import { addDev } from "./dev.ts";
import { addExperiment } from "./experiment.ts";
import { addInventory } from "./inventory.ts";
import { addJudge } from "./judge.ts";
import { addLaterCommands } from "./later-commands.ts";
import { addNotices } from "./notices.ts";
import { addOperations } from "./operate.ts";
import { addPlan } from "./plan.ts";
import { addStatus } from "./status.ts";
import { addValidate } from "./validate.ts";
import { addWait } from "./wait.ts";
import { addWatch } from "./watch.ts";

/** Runs one command line (without the program's name) and gives its exit code. */
export async function runCli(
  args: readonly string[],
  version: string,
  context: CliContext,
): Promise<ExitCode> {
  let code: ExitCode = 0;
  const program = createProgram(version, context, (result) => {
    code = result;
  });
  try {
    await program.parseAsync(args, { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CliError) {
      context.log(error.message);
      return error.exitCode;
    }
    // Commander has written what it has to say; only asking for help or the version is no mistake.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    throw error;
  }
}

function createProgram(version: string, context: CliContext, finish: (code: ExitCode) => void): Command {
  const program = new Command("showrunner");
  program
    .description(
      "Staged regional rollouts, canary verdicts and upgrade campaigns for thousands of small server-side scripts, through git.",
    )
    .version(version)
    // Before any subcommand is made: they take these over.
    .exitOverride()
    .showHelpAfterError("Add --help for what it takes.")
    .configureOutput({
      writeOut: (text) => context.out(text),
      writeErr: (text) => context.log(text.trimEnd()),
    })
    .addHelpText(
      "after",
      "\nExit codes: 0 yes or done; 1 no (invalid, failed, not reached); 2 wrong usage; 3 could not reach something." +
        "\nThe control plane is the one at SHOWRUNNER_URL (http://127.0.0.1:4400), with SHOWRUNNER_TOKEN or $SHOWRUNNER_HOME/token." +
        "\n\nExample:\n  showrunner validate fixtures",
    );
  addValidate(program, context, finish);
  addDev(program, context, finish);
  addPlan(program, context, finish);
  addNotices(program, context, finish);
  addJudge(program, context, finish);
  addStatus(program, context, finish);
  addWatch(program, context, finish);
  addWait(program, context, finish);
  addOperations(program, context, finish);
  addCampaign(program, context, finish);
  addExperiment(program, context, finish);
  addInventory(program, context, finish);
  addLaterCommands(program);
  return program;
}

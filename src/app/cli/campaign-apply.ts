import { Option, type Command } from "commander";
import type { ApplyOptions } from "./campaign-apply-order.ts";
import type { CliContext, ExitCode } from "./cli-context.ts";

/** `showrunner campaign apply`: the pull requests of one upgrade, in one go. */
export function addCampaignApply(
  campaign: Command,
  context: CliContext,
  finish: (code: ExitCode) => void,
): void {
  campaign
    .command("apply")
    .summary("open upgrade pull requests in one go, without a control plane")
    .description(
      "Opens or updates the pull requests of one upgrade in many repositories and exits. Run again with nothing new, it does nothing. Exits with 1 when a repository failed.",
    )
    .option("--library <name>", "the npm package to upgrade; direct uses only")
    .option("--to <version>", "the version to reach")
    .requiredOption("--repos <file>", "one owner/name a line")
    .requiredOption("--api <url>", "GitHub's REST API, such as https://api.github.com")
    .option("--token <token>", "token for the API and git (default: $GITHUB_TOKEN)")
    .option("--registry <url>", "npm registry; $NPM_TOKEN is sent to it", "https://registry.npmjs.org/")
    .option("--state <file>", "what earlier runs saw, to ask less; it may be lost")
    .option("--advisory <file>", "an OSV advisory as JSON: only affected versions, transitive ones too")
    .option("--codemod <file>", "changes the sources too; with what is beside it and ./package.json")
    .addOption(
      new Option(
        "--pacing <pacing>",
        "keep to the pace that GitHub asks of writers; auto: except on loopback",
      )
        .choices(["auto", "on", "off"])
        .default("auto"),
    )
    .option("--json", "print one JSON document")
    .addHelpText(
      "after",
      "\nExample:\n  showrunner campaign apply --library zod --to 4.1.0 --repos repos.txt --api https://api.github.com --token $TOKEN",
    )
    .action(async (options: ApplyOptions) => {
      // Loaded here, because no other command needs what it brings along.
      const { runCampaignApply } = await import("./run-campaign-apply.ts");
      finish(await runCampaignApply(options, context));
    });
}

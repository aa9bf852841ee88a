import type { Command } from "commander";
import { addCampaignApply } from "./campaign-apply.ts";
import { addCampaignOrders } from "./campaign-orders.ts";
import { addCampaignShow } from "./campaign-show.ts";
import { addCampaignStart } from "./campaign-start.ts";
import type { CliContext, ExitCode } from "./cli-context.ts";

/** `showrunner campaign`: one library's upgrade across many repositories. */
export function addCampaign(program: Command, context: CliContext, finish: (code: ExitCode) => void): void {
  const campaign = program
    .command("campaign")
    .summary("upgrade one library across many repositories")
    .description("Upgrades one library across many repositories.")
    .addHelpText("after", "\nExample:\n  showrunner campaign start --library @acme/edge-kit --to 1.2.4");
  addCampaignStart(campaign, context, finish);
  addCampaignShow(campaign, context, finish);
  addCampaignOrders(campaign, context, finish);
  addCampaignApply(campaign, context, finish);
}

import type { Command } from "commander";
import { getApi, postApi, type ApiAnswer } from "./api-client.ts";
import { advisoryIn } from "./campaign-start.ts";
import { CliError, type CliContext, type ExitCode } from "./cli-context.ts";
import { recordOf, recordsOf, textOf, textsOf } from "./json-fields.ts";
import { printable } from "./paint.ts";
import { scriptArgument } from "./script-argument.ts";

interface InventoryOptions {
  readonly advisory?: string;
  readonly attention?: true;
  readonly json?: true;
}

/** `showrunner inventory` and `sbom`: which libraries what is deployed really contains. */
export function addInventory(program: Command, context: CliContext, finish: (code: ExitCode) => void): void {
  program
    .command("inventory [library] [range...]")
    .summary("show who runs a library, where, and at what traffic")
    .description(
      "Shows the deployed revisions that contain a library in a version of a range, what an advisory is about, or the scripts that need attention. Exits with 1 when there are any of the latter two.",
    )
    .option("--advisory <file>", "an OSV advisory as JSON")
    .option("--attention", "scripts whose libraries are deprecated, at their end of life, slow or broken")
    .option("--json", "print one JSON document")
    .addHelpText(
      "after",
      '\nExample:\n  showrunner inventory lodash "<4.17.21"\n  showrunner inventory --advisory osv.json\n  showrunner inventory --attention',
    )
    .action(async (library: string | undefined, range: readonly string[], options: InventoryOptions) => {
      finish(await inventory(library, range, options, context));
    });
  program
    .command("sbom <script>")
    .summary("print what a script's deployed revision contains, as CycloneDX")
    .description("Prints the bill of materials of a script's deployed revision in CycloneDX's JSON format.")
    .addHelpText("after", "\nExample:\n  showrunner sbom artwork@4 > artwork.cdx.json")
    .action(async (script: string) => {
      finish(await sbom(script, context));
    });
}

async function inventory(
  library: string | undefined,
  range: readonly string[],
  options: InventoryOptions,
  context: CliContext,
): Promise<ExitCode> {
  const answer = await ask(library, range, options, context);
  if (options.json === true) context.out(`${JSON.stringify(answer.body, null, 2)}\n`);
  if (!answer.ok) {
    context.log(printable(answer.message));
    return 1;
  }
  const uses = recordsOf(recordOf(answer.body)["uses"]);
  const isAlarm = options.advisory !== undefined || options.attention === true;
  if (options.json !== true)
    context.out(words(uses, options.attention === true ? NOTHING_TO_ATTEND : NOTHING));
  return isAlarm && uses.length > 0 ? 1 : 0;
}

async function ask(
  library: string | undefined,
  range: readonly string[],
  { advisory, attention }: InventoryOptions,
  context: CliContext,
): Promise<ApiAnswer> {
  if ([library, advisory, attention].filter((one) => one !== undefined).length !== 1)
    throw new CliError(2, "Name a library, an --advisory, or --attention; one of them.");
  if (attention === true) return getApi("/api/inventory/attention", context);
  if (advisory !== undefined) {
    const value = await advisoryIn(advisory, context);
    return postApi("/api/inventory/advisory", recordOf(value), context);
  }
  // Written as one word, "lodash < 4.17.21" means the same.
  const [name = "", ...rest] = (library ?? "").trim().split(/\s+/);
  const query = new URLSearchParams({ library: name, range: [...rest, ...range].join(" ") || "*" });
  return getApi(`/api/inventory?${query.toString()}`, context);
}

const NOTHING = "Nothing that is deployed contains it.\n";
const NOTHING_TO_ATTEND = "No script needs attention.\n";

function words(uses: readonly Readonly<Record<string, unknown>>[], nothing: string): string {
  if (uses.length === 0) return nothing;
  const lines = uses.map((use) => {
    const fix = textOf(use["fixedBy"]);
    const reason = textOf(use["reasonText"]);
    const campaign = textOf(use["campaign"]);
    const parts = [
      textOf(use["script"]).padEnd(28),
      `${textOf(use["library"])}@${textOf(use["libraryVersion"])}`,
      use["direct"] === true ? "direct" : "transitive",
      textsOf(use["regions"]).join(","),
      use["requestsPerMinute"] === null
        ? "no traffic known"
        : `${textOf(use["requestsPerMinute"])} requests/min`,
      ...(fix === "" ? [] : [`fixed by ${fix}`]),
      ...(reason === "" ? [] : [reason]),
      ...(campaign === "" ? [] : [`campaign ${campaign}`]),
    ];
    return parts.join("  ");
  });
  return `${lines.map(printable).join("\n")}\n`;
}

async function sbom(argument: string, context: CliContext): Promise<ExitCode> {
  const { name, version } = scriptArgument(argument);
  const query = version === null ? "" : `?version=${encodeURIComponent(version)}`;
  const answer = await getApi(`/api/scripts/${encodeURIComponent(name)}/sbom${query}`, context);
  if (!answer.ok) {
    context.log(printable(answer.message));
    return 1;
  }
  context.out(`${JSON.stringify(answer.body, null, 2)}\n`);
  return 0;
}

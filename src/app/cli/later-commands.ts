import { Option, type Command } from "commander";
import { CliError } from "./cli-context.ts";

interface LaterCommand {
  /** The name and its arguments, in commander's notation. */
  readonly usage: string;
  readonly summary: string;
  /** Flags and what they are for. */
  readonly options: readonly (readonly [flags: string, description: string])[];
  readonly example: string;
  /** The part of Showrunner that the command waits for. */
  readonly needs: string;
}

const JSON_OPTION = ["--json", "print one JSON document"] as const;
const REASON = ["--reason <text>", "why, for the record"] as const;
const DRY_RUN = ["--dry-run", "show what would happen, and do nothing"] as const;

/** Commands that are promised but not built. Each tells its help, and what is missing when it is run. */
const LATER_COMMANDS: readonly LaterCommand[] = [
  {
    usage: "usage [script]",
    summary: "show how much each version is used",
    options: [JSON_OPTION],
    example: "showrunner usage artwork@3 --json",
    needs: "the lifecycle",
  },
  ...(["retire", "resurrect"] as const).map((verb) => ({
    usage: `${verb} <script>`,
    summary: `${verb} a version of a script`,
    options: [REASON, DRY_RUN, JSON_OPTION],
    example: `showrunner ${verb} artwork@3 --reason "no clients left"`,
    needs: "the lifecycle",
  })),
  {
    usage: "tombstones",
    summary: "list what was retired",
    options: [JSON_OPTION],
    example: "showrunner tombstones --json",
    needs: "the lifecycle",
  },
  {
    usage: "health [target]",
    summary: "show the health of a script, a group (group:NAME) or the fleet",
    options: [JSON_OPTION],
    example: "showrunner health group:checkout",
    needs: "the operator view",
  },
  {
    usage: "why <script>",
    summary: "rank the likely causes of what is wrong, with evidence",
    options: [JSON_OPTION],
    example: "showrunner why artwork",
    needs: "the operator view",
  },
];

/** Registers the commands that this version does not have yet; each exits with 2 when it is run. */
export function addLaterCommands(program: Command): void {
  for (const later of LATER_COMMANDS) addLater(program, later, nameOf(later));
}

function addLater(parent: Command, later: LaterCommand, name: string): void {
  const sentence = `${later.summary.charAt(0).toUpperCase()}${later.summary.slice(1)}.`;
  const command = parent
    .command(later.usage)
    .summary(later.summary)
    .description(`${sentence} This version cannot do it yet: it needs ${later.needs}.`)
    .addHelpText("after", `\nExample:\n  ${later.example}`)
    .action(() => {
      throw new CliError(2, `"${name}" needs ${later.needs}, which this version does not have yet.`);
    });
  for (const [flags, description] of later.options) command.addOption(new Option(flags, description));
}

function nameOf(later: LaterCommand): string {
  return later.usage.split(" ", 1)[0] ?? later.usage;
}

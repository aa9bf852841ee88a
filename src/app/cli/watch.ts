import type { Command } from "commander";
import { getApi, UnreachableError } from "./api-client.ts";
import { CliError, type CliContext, type ExitCode } from "./cli-context.ts";
import { followChanges } from "./follow-changes.ts";
import { createLiveDisplay, type LiveDisplay } from "./live-display.ts";
import { painter, printable } from "./paint.ts";
import { readRollouts, type RolloutView } from "./read-rollouts.ts";
import { rolloutLines } from "./rollout-lines.ts";
import { scriptArgument, type ScriptName } from "./script-argument.ts";

/** Bars move between the events too, while a wave bakes. */
const LOOK_MS = 2_000;
/** A control plane that was never reached is given up after this time, one that was reached before after the other. */
const FIRST_CONTACT_MS = 15_000;
const CONTACT_LOST_MS = 600_000;

/** `showrunner watch`: a rollout, live. */
export function addWatch(program: Command, context: CliContext, finish: (code: ExitCode) => void): void {
  program
    .command("watch")
    .summary("watch a rollout live")
    .description(
      "Shows the rollout of a script in every region until it ends, live in a terminal and line by line elsewhere. Ends with 0 when it is complete, with 1 when it was rolled back, aborted or superseded.",
    )
    .argument("<script>", "name of a script, or name@version")
    .addHelpText("after", "\nExample:\n  showrunner watch artwork")
    .action(async (argument: string) => {
      finish(await watch(scriptArgument(argument), context));
    });
}

async function watch(script: ScriptName, context: CliContext): Promise<ExitCode> {
  const display = createLiveDisplay(context);
  const changes = followChanges(context);
  let seenMs = context.now();
  let everSeen = false;
  // The rollouts that were under way when it was first looked, by id: they are watched to their ends.
  let watched: Set<string> | null = null;
  try {
    for (;;) {
      const rollouts = await look(script, context);
      const nowMs = context.now();
      if (rollouts instanceof UnreachableError) {
        if (nowMs - seenMs >= (everSeen ? CONTACT_LOST_MS : FIRST_CONTACT_MS)) throw rollouts;
      } else {
        [seenMs, everSeen] = [nowMs, true];
        watched ??= firstWatched(rollouts);
        const shown = rollouts.filter(({ id }) => watched?.has(id));
        if (shown.length === 0) {
          context.log("There was no rollout of this script yet.");
          return 1;
        }
        show(display, shown, context);
        if (shown.every(({ completedAt }) => completedAt !== null))
          return shown.every(({ phase }) => phase === "completed") ? 0 : 1;
      }
      await changes.next(LOOK_MS);
    }
  } finally {
    await changes.close();
  }
}

/** Those under way; else the last one, which has ended. */
function firstWatched(rollouts: readonly RolloutView[]): Set<string> {
  const open = rollouts.filter(({ completedAt }) => completedAt === null);
  return new Set((open.length > 0 ? open : rollouts.slice(0, 1)).map(({ id }) => id));
}

async function look(
  { name, version }: ScriptName,
  context: CliContext,
): Promise<readonly RolloutView[] | UnreachableError> {
  const query = version === null ? "" : `?version=${encodeURIComponent(version)}`;
  const answer = await getApi(`/api/scripts/${name}/rollouts${query}`, context).catch((error: unknown) => {
    if (error instanceof UnreachableError) return error;
    throw error;
  });
  if (answer instanceof UnreachableError) return answer;
  if (!answer.ok) throw new CliError(1, printable(answer.message));
  const read = readRollouts(answer.body);
  if (read === null)
    throw new CliError(3, "The control plane's answer is not a list of rollouts. Is it another version?");
  return read.rollouts;
}

function show(display: LiveDisplay, rollouts: readonly RolloutView[], context: CliContext): void {
  const paint = painter(context.colour);
  display.update(
    rollouts.flatMap((rollout) => rolloutLines(rollout, paint)),
    rollouts.map((rollout) => `${rollout.script}@${rollout.version}  ${rollout.phaseText}`).map(printable),
  );
}

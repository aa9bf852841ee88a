import { InvalidArgumentError, Option, type Command } from "commander";
import { formatDuration, parseDurationMs } from "#domain/manifest/duration.ts";
import { getApi, UnreachableError } from "./api-client.ts";
import { CliError, type CliContext, type ExitCode } from "./cli-context.ts";
import { followChanges } from "./follow-changes.ts";
import { printable } from "./paint.ts";
import { readRollouts, type RolloutView } from "./read-rollouts.ts";
import { scriptArgument, type ScriptName } from "./script-argument.ts";
import { waitVerdict, type Until } from "./wait-verdict.ts";

interface WaitOptions {
  readonly sha: string;
  readonly until: Until;
  readonly timeout: number;
  readonly json?: true;
}

interface WaitResult {
  readonly reached: boolean;
  /** What happened, or what it waited for when the time was over. */
  readonly reason: string;
  readonly rollout: RolloutView | null;
}

/** Events tell of changes at once; in case one was lost it is looked anyway. */
const LOOK_MS = 5_000;
/** A control plane that was never reached is given up after this time. */
const FIRST_CONTACT_MS = 15_000;
/** So long a script may be unknown: right after its first merge nobody has read it yet. */
const UNKNOWN_MS = 60_000;

/** `showrunner wait`: a gate for other workflows. */
export function addWait(program: Command, context: CliContext, finish: (code: ExitCode) => void): void {
  program
    .command("wait")
    .summary("wait until a commit is served, as a gate for other workflows")
    .description(
      "Waits until every region serves a commit of a script. Ends with 0 when it does, with 1 when it does not: rolled back, aborted, superseded by a newer merge, or out of time; with 3 when the control plane cannot be reached. It lives through restarts of the control plane.",
    )
    .argument("<script>", "name of a script, or name@version")
    .requiredOption("--sha <sha>", "the commit to wait for, full or its first digits", shaOf)
    .addOption(
      new Option("--until <phase>", "the phase to wait for")
        .choices(["started", "completed"])
        .default("completed"),
    )
    .option("--timeout <duration>", "how long to wait, such as 30m", timeoutOf, 30 * 60_000)
    .option("--json", "print one JSON document")
    .addHelpText(
      "after",
      "\nExample:\n  showrunner wait artwork --sha 1f0c9e2 --until completed --timeout 30m && ./release-app",
    )
    .action(async (argument: string, options: WaitOptions) => {
      const script = scriptArgument(argument);
      const result = await wait(script, options, context);
      const { reached, reason, rollout } = result;
      if (options.json === true) {
        const document = { script: argument, sha: options.sha, reached, reason, rollout };
        context.out(`${JSON.stringify(document, null, 2)}\n`);
      } else {
        (reached ? context.out : context.log)(`${printable(reason)}${reached ? "\n" : ""}`);
      }
      finish(reached ? 0 : 1);
    });
}

async function wait(script: ScriptName, options: WaitOptions, context: CliContext): Promise<WaitResult> {
  const startedMs = context.now();
  const deadlineMs = startedMs + options.timeout;
  const contactByMs = Math.min(deadlineMs, startedMs + FIRST_CONTACT_MS);
  let everReached = false;
  let said = "";
  const changes = followChanges(context);
  try {
    for (;;) {
      const look = await lookOnce(script, options, context);
      const nowMs = context.now();
      if (look.kind === "over") return look.result;
      if (look.kind === "unreachable") {
        if (nowMs >= (everReached ? deadlineMs : contactByMs)) throw look.error;
      } else {
        everReached = true;
        if (look.unknown && nowMs - startedMs >= UNKNOWN_MS) return lost(look.reason);
        if (nowMs >= deadlineMs)
          return lost(`Not within ${formatDuration(options.timeout)}: ${look.reason}`, look.rollout);
        // What it waits for goes to stderr, each time that it is something else.
        if (look.reason !== said) context.log(printable(look.reason));
        said = look.reason;
      }
      await changes.next(Math.max(0, Math.min(LOOK_MS, deadlineMs - nowMs)));
    }
  } finally {
    await changes.close();
  }
}

type Look =
  | { readonly kind: "over"; readonly result: WaitResult }
  | {
      readonly kind: "pending";
      readonly reason: string;
      readonly rollout: RolloutView | null;
      readonly unknown: boolean;
    }
  | { readonly kind: "unreachable"; readonly error: UnreachableError };

async function lookOnce(
  { name, version }: ScriptName,
  { sha, until }: WaitOptions,
  context: CliContext,
): Promise<Look> {
  const query = version === null ? "" : `?version=${encodeURIComponent(version)}`;
  const answer = await getApi(`/api/scripts/${name}/rollouts${query}`, context).catch((error: unknown) => {
    if (error instanceof UnreachableError) return error;
    throw error;
  });
  if (answer instanceof UnreachableError) return { kind: "unreachable", error: answer };
  if (!answer.ok) return { kind: "pending", reason: answer.message, rollout: null, unknown: true };
  const rollouts = readRollouts(answer.body);
  if (rollouts === null)
    throw new CliError(3, "The control plane's answer is not a list of rollouts. Is it another version?");
  const verdict = waitVerdict(rollouts, sha, until);
  if (verdict.kind === "pending") return { ...verdict, unknown: false };
  return { kind: "over", result: verdict };
}

function lost(reason: string, rollout: RolloutView | null = null): WaitResult {
  return { reached: false, reason, rollout };
}

function shaOf(value: string): string {
  if (!/^[0-9a-fA-F]{7,40}$/.test(value))
    throw new InvalidArgumentError("Write a commit, at least its first 7 digits.");
  return value.toLowerCase();
}

function timeoutOf(value: string): number {
  const ms = parseDurationMs(value);
  if (ms === null) throw new InvalidArgumentError("Write a duration like 30m or 90s.");
  return ms;
}

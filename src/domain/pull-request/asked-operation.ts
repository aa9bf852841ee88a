import { parseDurationMs } from "../manifest/duration.ts";
import { formatTarget, parseTargetText } from "../operations/operation-target.ts";
import type { OperationKind, OperationTarget } from "../operations/operation.ts";
import { assertNever } from "../assert-never.ts";
import type { CommandName, CommentCommand } from "./comment-commands.ts";

/** What a command asks for, read from its words. */
export type Asked =
  | { readonly kind: "help" | "plan" }
  /** Try the candidate on real traffic, or end that. */
  | { readonly kind: "canary"; readonly isStop: boolean; readonly scripts: readonly string[] }
  /** Go on: resume what is paused, override what is held back. */
  | { readonly kind: "rollout"; readonly scripts: readonly string[]; readonly reason: string }
  | {
      readonly kind: "operation";
      readonly operation: OperationKind;
      /** `<script>@<version>`; or, of a freeze, the text of a target. */
      readonly targets: readonly string[];
      readonly reason: string;
      readonly toCommit: string | null;
      readonly forMs: number | null;
    }
  | { readonly kind: "wrong"; readonly message: string };

/**
 * `subjects` are the scripts that the pull request touches, as `<script>@<version>`; a command is about all of them, or
 * about the one that its first word names.
 */
export function askedOperation({ name, argument }: CommentCommand, subjects: readonly string[]): Asked {
  switch (name) {
    case "help":
    case "plan":
      return { kind: name };
    case "canary":
      return askedCanary(argument, subjects);
    case "freeze":
    case "unfreeze":
      return askedFreeze(name, argument, subjects);
    case "rollout":
    case "pause":
    case "hold":
    case "resume":
    case "abort":
    case "rollback":
      return askedOfScripts(name, argument, subjects);
    default:
      return assertNever(name);
  }
}

/** `/canary [SCRIPT]`, `/canary stop [SCRIPT]`. */
function askedCanary(argument: string, subjects: readonly string[]): Asked {
  const words = argument.split(/\s+/);
  const isStop = words[0] === "stop";
  const named = subjects.filter(
    (subject) => words.includes(subject) || words.includes(subject.split("@")[0] ?? ""),
  );
  return { kind: "canary", isStop, scripts: named.length > 0 ? named : subjects };
}

function askedOfScripts(
  name: Exclude<CommandName, "help" | "plan" | "canary" | "freeze" | "unfreeze">,
  argument: string,
  subjects: readonly string[],
): Asked {
  const [first = "", ...others] = argument.split(/\s+/);
  const named = subjects.filter((subject) => subject === first || subject.split("@")[0] === first);
  const scripts = named.length > 0 ? named : subjects;
  const words = named.length > 0 ? others.join(" ") : argument;
  if (scripts.length === 0) return { kind: "wrong", message: "This pull request touches no script." };
  if (name === "rollout") return { kind: "rollout", scripts, reason: words };
  const operation = name === "hold" ? "pause" : name;
  const to = operation === "rollback" ? /^(?:to\s+)?([0-9a-f]{7,40})(?:\s+(.*))?$/.exec(words) : null;
  return {
    kind: "operation",
    operation,
    targets: scripts,
    reason: to === null ? words : (to[2] ?? ""),
    toCommit: to?.[1] ?? null,
    forMs: null,
  };
}

/** `/freeze [fleet|region:R|group:G|SCRIPT] [for 2h] [reason]`; without a scope, the scripts of the pull request. */
function askedFreeze(operation: "freeze" | "unfreeze", argument: string, subjects: readonly string[]): Asked {
  const scripts = [...new Set(subjects.map((subject) => subject.split("@")[0] ?? subject))];
  const words = argument.split(/\s+/).filter((word) => word !== "");
  const target = words[0] === undefined ? null : freezeTarget(words[0], scripts);
  const rest = target === null ? words : words.slice(1);
  const hasFor = rest[0] === "for" && rest[1] !== undefined;
  const forMs = hasFor ? parseDurationMs(rest[1] ?? "") : null;
  if (hasFor && forMs === null)
    return {
      kind: "wrong",
      message: `"${rest[1]}" is no duration. Write it like /${operation} fleet for 2h.`,
    };
  const targets = target === null ? scripts : [formatTarget(target)];
  if (targets.length === 0)
    return { kind: "wrong", message: `Say what: /${operation} fleet, region:NAME, group:NAME or a script.` };
  const reason = (hasFor ? rest.slice(2) : rest).join(" ");
  return { kind: "operation", operation, targets, reason, toCommit: null, forMs };
}

/** A plain word is a scope only when it names a script of the pull request: else it is the first word of the reason. */
function freezeTarget(word: string, scripts: readonly string[]): OperationTarget | null {
  const target = parseTargetText(word);
  return target?.kind === "script" && !scripts.includes(target.name) ? null : target;
}

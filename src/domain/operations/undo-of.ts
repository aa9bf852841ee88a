import { assertNever } from "../assert-never.ts";
import { formatTarget } from "./operation-target.ts";
import type { Operation } from "./operation.ts";

/** The command that takes an operation back; null where only looking at the fleet repository's history tells it. */
export function undoOf({ kind, target }: Operation): string | null {
  const what = formatTarget(target);
  switch (kind) {
    case "pause":
      return `showrunner resume ${what}`;
    case "resume":
      return `showrunner pause ${what}`;
    case "abort":
    case "rollback":
      return `showrunner promote ${what} --reason REASON`;
    case "promote":
      return `showrunner rollback ${what}`;
    case "freeze":
      return `showrunner unfreeze ${what}`;
    case "unfreeze":
      return `showrunner freeze ${what} --reason REASON`;
    case "kill":
      return `showrunner unkill ${what}`;
    case "unkill":
      return `showrunner kill ${what} --reason REASON`;
    default:
      return assertNever(kind);
  }
}

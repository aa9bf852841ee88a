import type { Freeze, Kill } from "#schemas/types.ts";
import { fleetFileText } from "./fleet-file-text.ts";

/** Where the fleet repository keeps the freeze of a scope, such as "region:eu-west-1". */
export function freezePath(scope: string): string {
  return `freezes/${fileName(scope)}`;
}

/** Where the fleet repository keeps the kill of a scope, such as "script:artwork@4". */
export function killPath(scope: string): string {
  return `kills/${fileName(scope)}`;
}

/** The file's text. Key order is fixed, so an unchanged freeze gives unchanged bytes. */
export function freezeText({ kind, scope, reason, by, at, until, allow }: Freeze): string {
  const end = { ...(until !== undefined && { until }), ...(allow && allow.length > 0 && { allow }) };
  return fleetFileText("freeze", { kind, scope, reason, by, at, ...end });
}

/** The file's text, likewise. */
export function killText({ kind, scope, reason, by, at, until, regions }: Kill): string {
  const end = { ...(until !== undefined && { until }), regions };
  return fleetFileText("kill", { kind, scope, reason, by, at, ...end });
}

/** The at-sign of a version stays: script:a@1 and script:a-1 are two scopes. */
function fileName(scope: string): string {
  return `${scope.replace(":", "-")}.yaml`;
}

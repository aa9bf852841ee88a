import type { Hold } from "#schemas/types.ts";
import { fleetFileText } from "./fleet-file-text.ts";

/** Where the fleet repository keeps the hold on one version of a script. */
export function holdPath(script: string, version: string): string {
  return `holds/${script}@${version}.yaml`;
}

/** The file's text. Key order is fixed, so an unchanged hold gives unchanged bytes. */
export function holdText(hold: Hold): string {
  const { kind, script, version, mode, revision, to, reason, by, at, evidence } = hold;
  const ordered = {
    kind,
    script,
    version,
    mode,
    ...(revision && { revision }),
    ...(to && { to }),
    reason,
    by,
    at,
    ...(evidence !== undefined && { evidence }),
  };
  return fleetFileText("hold", ordered);
}

import { covers, forbiddenReason, parseEndpoint } from "../egress.ts";
import { closest } from "../closest.ts";
import type { FleetManifest } from "../fleet-manifest.ts";
import type { ReadManifest } from "../read-manifest.ts";

/** A script can only narrow what the fleet grants. */
export function checkEgressGrants(
  read: ReadManifest<"Script">,
  fleet: FleetManifest,
  fleetFile: string,
): void {
  const granted = fleet.egressAllow.map(parseEndpoint).filter((endpoint) => endpoint !== null);
  for (const [index, text] of (read.source.egress ?? []).entries()) {
    const wanted = parseEndpoint(text);
    if (wanted === null || forbiddenReason(wanted) !== null) continue; // Reported with the file itself.
    if (granted.some((endpoint) => covers(endpoint, wanted))) continue;
    const meant = wanted.kind === "host" ? closest(text, fleet.egressAllow) : null;
    const hint = meant === null ? "Ask for it in its egress.allow." : `Did you mean "${meant}"?`;
    const message = `${fleetFile} does not grant "${text}". ${hint}`;
    read.problems.error(read.document.at(["egress", index]), "egress-not-granted", message, meant);
  }
}

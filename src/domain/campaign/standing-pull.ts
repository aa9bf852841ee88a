import { readMarker, type UpgradeMarker } from "./upgrade-identity.ts";

/** A pull request from a library's upgrade branch, in any state. */
export interface UpgradePull {
  readonly number: number;
  readonly url: string;
  readonly state: "open" | "closed" | "merged";
  readonly title: string;
  readonly body: string;
  readonly headSha: string;
  readonly labels: readonly string[];
}

export type Standing =
  | { readonly kind: "open"; readonly pull: UpgradePull; readonly marker: UpgradeMarker | null }
  /** Somebody closed or merged the one for this version: it is not opened again. */
  | { readonly kind: "declined"; readonly pull: UpgradePull }
  | { readonly kind: "none" };

/** Where the upgrade of a library to a version stands among the pull requests from its branch. */
export function standingPull(pulls: readonly UpgradePull[], library: string, version: string): Standing {
  const open = pulls.find(({ state }) => state === "open");
  if (open !== undefined) return { kind: "open", pull: open, marker: markerOf(open, library) };
  const declined = pulls.find((pull) => !isRetired(pull) && carries(pull, library, version));
  return declined === undefined ? { kind: "none" } : { kind: "declined", pull: declined };
}

const RETIRED = " - no longer needed";

/** The title with which we close a pull request ourselves, so that it is not taken for a person's no. */
export function retiredTitle(title: string): string {
  return title.endsWith(RETIRED) ? title : `${title}${RETIRED}`;
}

function isRetired({ state, title }: UpgradePull): boolean {
  return state === "closed" && title.endsWith(RETIRED);
}

export function markerOf(pull: UpgradePull, library: string): UpgradeMarker | null {
  const marker = readMarker(pull.body);
  return marker?.library === library ? marker : null;
}

/** By the marker; where somebody rewrote the body, by the title. */
function carries(pull: UpgradePull, library: string, version: string): boolean {
  const marker = readMarker(pull.body);
  if (marker !== null) return marker.library === library && marker.version === version;
  return pull.title.split(/\s+/).some((word) => word.replace(/^[\^~=v]+/, "") === version);
}

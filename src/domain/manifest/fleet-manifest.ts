import type { NewReleases } from "#schemas/types.ts";
import type { NotifyEndpoint } from "../notify/notify-endpoint.ts";

/** A checked `fleet.yaml` with every default filled in. */
export interface FleetManifest {
  readonly epoch: number;
  /** In the order of the file. */
  readonly regions: readonly RegionManifest[];
  /** Whether scripts may roll out to all regions at once; absent means no. */
  readonly allowGlobal?: boolean;
  readonly caps: { readonly removePct: number; readonly canaryExposurePct: number };
  /** host:port or CIDR that any script may be granted. */
  readonly egressAllow: readonly string[];
  /** Users and teams ("@acme/platform") who may operate the whole fleet. */
  readonly operators: readonly string[];
  /** Who outside is told what happens; absent means nobody. */
  readonly notify?: readonly NotifyEndpoint[];
  /** null: the registry is looked at only for scripts that ask for it; absent means the same. */
  readonly upgrades?: FleetUpgrades | null;
  /** What is wrong with versions of libraries, by library; absent means that nothing is known. */
  readonly libraries?: ReadonlyMap<string, readonly LibraryNote[]>;
}

/** How the registry is looked at for what deployed scripts use. */
export interface FleetUpgrades {
  /** How often it is asked about each library. */
  readonly everyMs: number;
  /** For scripts whose manifest says nothing of it. */
  readonly newReleases: NewReleases;
  /** Campaigns for new releases that are under way at once. */
  readonly campaignsMax: number;
}

/** What is wrong with some versions of a library. */
export interface LibraryNote {
  /** Of semver. */
  readonly range: string;
  readonly why: "slow" | "broken" | "endOfLife";
  /** Last day on which its authors care for it, YYYY-MM-DD; null where that is not said. */
  readonly on: string | null;
  /** For people. */
  readonly note: string | null;
}

export interface RegionManifest {
  readonly name: string;
  /** IANA name. */
  readonly timezone: string;
  /** When the region may change; empty means always. */
  readonly windows: readonly ChangeWindow[];
  /** Days on which it does not change; absent means none. */
  readonly blackouts?: readonly Blackout[];
  /** Share of a region's nodes that must attest a digest, percent. */
  readonly quorumPct: number;
  readonly unreachable: "wait" | "skip" | "fail";
}

/** Days in the region's local time, first and last included, as YYYY-MM-DD. */
export interface Blackout {
  readonly firstDay: string;
  readonly lastDay: string;
}

/**
 * A weekly window in the region's local time. `days` are ISO weekdays, 1 = Monday; minutes count from local midnight;
 * the end is exclusive, and above 1440 when it lies in the next day.
 */
export interface ChangeWindow {
  readonly days: readonly number[];
  readonly startMinute: number;
  readonly endMinute: number;
}

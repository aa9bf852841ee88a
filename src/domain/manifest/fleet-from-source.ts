import type { Fleet } from "#schemas/types.ts";
import { parseBlackout } from "../rollout/blackouts.ts";
import { parseWindow } from "../rollout/windows.ts";
import { parseDurationMs } from "./duration.ts";
import type { FleetManifest, FleetUpgrades } from "./fleet-manifest.ts";

const DAY_MS = 86_400_000;
const CAP_DEFAULTS = { removePct: 20, canaryExposurePct: 10 } as const;

/** The manifest with every default filled in; its windows and blackouts must have been checked. */
export function fleetFromSource(source: Fleet): FleetManifest {
  return {
    epoch: source.epoch ?? 1,
    regions: Object.entries(source.regions).map(([name, region]) => ({
      name,
      timezone: region.timezone,
      windows: (region.windows ?? []).map(parseWindow).filter((window) => window !== null),
      ...(region.blackouts && {
        blackouts: region.blackouts.map(parseBlackout).filter((blackout) => blackout !== null),
      }),
      quorumPct: region.quorumPct ?? 90,
      unreachable: region.unreachable ?? "wait",
    })),
    allowGlobal: source.allowGlobal ?? false,
    caps: { ...CAP_DEFAULTS, ...source.caps },
    egressAllow: source.egress?.allow ?? [],
    operators: source.operators ?? [],
    notify: (source.notify ?? []).map((endpoint) => ({
      name: endpoint.name,
      format: endpoint.format ?? "cloudevents",
      url: endpoint.url ?? null,
      urlSecret: endpoint.urlSecret ?? null,
      signingSecret: endpoint.signingSecret ?? null,
      events: endpoint.events ?? null,
    })),
    upgrades: source.upgrades === undefined ? null : upgradesOf(source.upgrades),
    libraries: new Map(
      Object.entries(source.libraries ?? {}).map(([library, notes]) => [
        library,
        notes.map(({ range, why, on = null, note = null }) => ({ range, why, on, note })),
      ]),
    ),
  };
}

/** Also what holds for scripts that ask by themselves, in a fleet that says nothing. */
export function upgradesOf({
  every = "6h",
  newReleases = "none",
  campaignsMax = 10,
}: NonNullable<Fleet["upgrades"]>): FleetUpgrades {
  return { everyMs: parseDurationMs(every) ?? DAY_MS, newReleases, campaignsMax };
}

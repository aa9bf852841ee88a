import type { Fleet } from "#schemas/types.ts";
import { parseBlackout } from "../rollout/blackouts.ts";
import { parseWindow } from "../rollout/windows.ts";
import type { FleetManifest } from "./fleet-manifest.ts";

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
  };
}

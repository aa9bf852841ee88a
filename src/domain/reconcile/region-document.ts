import type { RegionDocument, RegionGroup, RegionInstance, Release } from "#schemas/types.ts";
import { killOf } from "./kills.ts";
import { type FleetSnapshot, canariesOf } from "./fleet-snapshot.ts";

/** What a region must serve at one commit of the fleet repository; the same snapshot always gives the same document. */
export function regionDocument(snapshot: FleetSnapshot, region: string): RegionDocument {
  const releases = [...(snapshot.releases.get(region)?.values() ?? [])].sort(byNameThenVersion);
  const defaults = defaultVersions(releases);
  const groups = groupsOf(snapshot, releases);
  return {
    schema: 1,
    region,
    epoch: snapshot.fleet.epoch,
    generation: snapshot.generation,
    issuedAt: new Date(snapshot.committedAtMs).toISOString(),
    egressAllow: [...snapshot.fleet.egressAllow],
    scripts: releases.map((release) => {
      const kill = killOf(snapshot, region, release.script, release.version);
      return {
        name: release.script,
        version: release.version,
        isDefault: defaults.get(release.script) === release.version,
        ...(kill && { killed: { reason: kill.reason } }),
        instances: [
          ...instancesOf(release),
          ...canaryInstances(snapshot, region, release),
          ...cellInstances(snapshot, region, release),
        ],
      };
    }),
    ...(groups.length > 0 && { groups }),
  };
}

/** The groups that nodes of this region switch in one step: those with more than one member here. */
function groupsOf({ groups }: FleetSnapshot, releases: readonly Release[]): RegionGroup[] {
  return [...groups.values()]
    .filter((group) => group.atomic === true)
    .map(({ name, scripts }) => ({
      name,
      scripts: releases
        .filter(({ script }) => scripts.includes(script))
        .map(({ script, version }) => `${script}@${version}`),
    }))
    .filter((group) => group.scripts.length > 1)
    .sort((a, b) => compareText(a.name, b.name));
}

/** Both revisions have the role `stable`: a node serves the first one whose share covers its slot. */
function instancesOf(release: Release): RegionInstance[] {
  const instances: RegionInstance[] = [];
  if (release.next) {
    instances.push({ role: "stable", digest: release.next.digest, nodesPct: release.next.nodesPct });
  }
  if (release.stable && release.next?.nodesPct !== 100) {
    instances.push({ role: "stable", digest: release.stable.digest, nodesPct: 100 });
  }
  return instances;
}

/**
 * Canary and baseline of the run in this region, with equal shares, on every node. None while a rollout is on its way
 * here, and none when the stable revision is another one than the run compares with: the run is over then.
 */
function canaryInstances(snapshot: FleetSnapshot, region: string, release: Release): RegionInstance[] {
  if (release.next || !release.stable) return [];
  const run = canariesOf(snapshot, release.script, release.version).find((known) =>
    known.regions.includes(region),
  );
  if (run?.baseline.digest !== release.stable.digest) return [];
  const sharePct = Math.min(run.sharePct, snapshot.fleet.caps.canaryExposurePct);
  const shared = {
    nodesPct: 100,
    weight: Math.round(sharePct * 100),
    runId: run.runId,
    ...(run.stickyBy !== undefined && { stickyBy: run.stickyBy }),
    expiresAt: run.expiresAt,
    ...(run.windowSeconds !== undefined && { windowSeconds: run.windowSeconds }),
  };
  return [
    { role: "canary", digest: run.candidate.digest, ...shared },
    { role: "baseline", digest: run.baseline.digest, ...shared },
  ];
}

/** The cells of the experiment that runs on this version here, on every node; none while what they build on is held back. */
function cellInstances(
  { experiments, holds }: FleetSnapshot,
  region: string,
  release: Release,
): RegionInstance[] {
  if (!release.stable) return [];
  const found = [...experiments.values()].find(
    ({ experiment: { script, version = "1", regions, ...marks } }) => {
      const isHere = script === release.script && version === release.version;
      return isHere && (regions?.includes(region) ?? true) && marks.running && !marks.ended;
    },
  );
  const { running, stickyBy, name } = found?.experiment ?? {};
  if (!running || name === undefined) return [];
  // What is taken back is taken from the cells at once: they follow the stable revision only when it is at rest.
  const hold = holds.get(`${release.script}@${release.version}`);
  if (hold?.revision?.digest === running.base.digest) return [];
  return running.cells.map(({ name: role, digest, sharePct }) => ({
    role,
    digest,
    nodesPct: 100,
    weight: Math.round(sharePct * 100),
    runId: name,
    ...(stickyBy !== undefined && { stickyBy }),
    expiresAt: running.expiresAt,
    windowSeconds: running.windowSeconds,
  }));
}

/** The newest version that has a stable revision, so that opening a version takes no traffic before it is proven; else the newest. */
function defaultVersions(releases: readonly Release[]): Map<string, string> {
  const defaults = new Map<string, Release>();
  for (const release of releases) {
    const current = defaults.get(release.script);
    // Releases come in version order, so a later one wins unless it would replace a proven one by an unproven one.
    if (!current || release.stable || !current.stable) defaults.set(release.script, release);
  }
  return new Map([...defaults].map(([script, release]) => [script, release.version]));
}

const versions = new Intl.Collator("en", { numeric: true });

function byNameThenVersion(a: Release, b: Release): number {
  return compareText(a.script, b.script) || versions.compare(a.version, b.version);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

import type { RepositoryRecord } from "#adapters/store/repositories.ts";
import type { ScriptRecord } from "#adapters/store/scripts.ts";
import { dependencyDepth } from "#domain/campaign/dependency-depth.ts";
import { scriptTraffic } from "#domain/campaign/script-traffic.ts";
import type { ScriptManifest } from "#domain/manifest/script-manifest.ts";
import type { UpgradesPolicy } from "#domain/manifest/upgrades-policy.ts";
import type { NodeReport } from "#schemas/types.ts";
import type { Campaign } from "#schemas/types.ts";

/** A repository that a campaign is about. */
export interface ScopedRepository {
  readonly repository: RepositoryRecord;
  /** Its scripts that the campaign means. */
  readonly scripts: readonly ScopedScript[];
  readonly owner: string;
  readonly depth: number;
  /** null when no node serves any of them. */
  readonly perMinute: number | null;
}

export interface ScopedScript {
  readonly name: string;
  readonly version: string;
  readonly owner: string;
  readonly path: string;
  readonly labels: Readonly<Record<string, string>>;
  /** null where its manifest says nothing. */
  readonly upgrades: UpgradesPolicy | null;
}

interface Facts {
  readonly repositories: readonly RepositoryRecord[];
  readonly scripts: readonly ScriptRecord[];
  readonly reports: readonly NodeReport[];
}

/** How the scripts of a repository want their libraries upgraded, as far as they say. */
export function policiesOf(scoped: ScopedRepository | null): UpgradesPolicy[] {
  return (scoped?.scripts ?? []).flatMap(({ upgrades }) => upgrades ?? []);
}

/** The repositories with scripts that the campaign's selector means, by id. */
export function campaignScope(campaign: Campaign, facts: Facts): Map<number, ScopedRepository> {
  const { selector = {}, exclude = [], repositories = null } = campaign;
  const named = repositories === null ? null : new Set(repositories);
  const traffic = scriptTraffic(facts.reports);
  const known = facts.scripts.flatMap(({ manifest, repositoryId, path, declared }) =>
    declared && manifest !== null ? [{ manifest, repositoryId, path }] : [],
  );
  const meant = known.filter(
    ({ manifest }) =>
      !exclude.includes(manifest.name) &&
      Object.entries(selector).every(([key, value]) => manifest.labels[key] === value),
  );
  const depths = dependencyDepth(new Map(meant.map(({ manifest }) => [manifest.name, manifest.dependsOn])));
  const scope = new Map<number, ScopedRepository>();
  for (const repository of facts.repositories) {
    const own = meant.filter(({ repositoryId }) => repositoryId === repository.id);
    const [first] = own;
    if (repository.kind === "fleet" || repository.head === null || first === undefined) continue;
    if (named?.has(repository.fullName) === false) continue;
    const counts = own.flatMap(({ manifest }) => traffic.get(unitName(manifest)) ?? []);
    scope.set(repository.id, {
      repository,
      scripts: own.map(({ manifest: { name, version, owner, labels, upgrades = null }, path }) => ({
        name,
        version,
        owner,
        path,
        labels,
        upgrades,
      })),
      owner: first.manifest.owner,
      depth: Math.max(...own.map(({ manifest }) => depths.get(manifest.name) ?? 0)),
      perMinute: counts.length === 0 ? null : counts.reduce((sum, count) => sum + count, 0),
    });
  }
  return scope;
}

function unitName({ name, version }: ScriptManifest): string {
  return `${name}@${version}`;
}

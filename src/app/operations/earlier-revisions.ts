import { parseRelease } from "#domain/manifest/parse-manifest.ts";
import type { BundleStore, GitMirror } from "#domain/ports.ts";
import { type FleetSnapshot, releasesOf } from "#domain/reconcile/fleet-snapshot.ts";
import { releasePath } from "#domain/reconcile/release-file.ts";
import type { Revision } from "#domain/rollout/rollout-input.ts";

/** How far back a release file is read, commits. */
const commitsMax = 20;
const regionsMax = 10;
const fileBytesMax = 256 * 1024;

/**
 * The revisions that were stable in every region at some time and whose bundle is still kept, newest first: read from
 * the fleet repository's history, so that a lost store forgets none. One that was taken back half-way is none of them.
 */
export async function earlierRevisions(
  mirror: GitMirror,
  bundles: BundleStore,
  snapshot: FleetSnapshot,
  script: string,
  version: string,
): Promise<Revision[]> {
  const regions = [...releasesOf(snapshot, script, version).keys()].slice(0, regionsMax);
  const histories: Map<string, Revision>[] = [];
  for (const region of regions)
    histories.push(await stableOnes(mirror, snapshot.commit, releasePath(region, script, version)));
  const [first, ...others] = histories;
  const found: Revision[] = [];
  for (const [digest, revision] of first ?? []) {
    if (!others.every((history) => history.has(digest))) continue;
    if (await bundles.has(revision.digest)) found.push(revision);
  }
  return found;
}

async function stableOnes(mirror: GitMirror, head: string, path: string): Promise<Map<string, Revision>> {
  const found = new Map<string, Revision>();
  for (const commit of await mirror.history(head, path, commitsMax)) {
    const text = (await mirror.read(commit, [path], fileBytesMax)).get(path);
    const parsed = text === undefined ? null : parseRelease(text, path);
    const stable = parsed?.ok ? parsed.manifest.stable : undefined;
    if (stable && !found.has(stable.digest))
      found.set(stable.digest, { digest: stable.digest, commit: stable.commit });
  }
  return found;
}

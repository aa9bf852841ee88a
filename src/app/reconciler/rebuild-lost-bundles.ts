import { parseScript } from "#domain/manifest/parse-manifest.ts";
import type { GitMirror } from "#domain/ports.ts";
import type { Release } from "#schemas/types.ts";
import type { ReconcilerContext } from "./context.ts";

const fileBytesMax = 256 * 1024;

/** Builds again, from the commits that the releases name, what the bundle store has lost. A different digest is reported and not served. */
export async function rebuildLostBundles(
  context: ReconcilerContext,
  mirror: GitMirror,
  releases: ReadonlyMap<string, Release>,
): Promise<void> {
  const seen = new Set<string>();
  for (const { stable, next, source } of releases.values()) {
    for (const revision of [stable, next]) {
      if (!revision || seen.has(revision.digest)) continue;
      seen.add(revision.digest);
      if (await context.bundles.has(revision.digest)) continue;
      const path = source.path === "." ? "showrunner.yaml" : `${source.path}/showrunner.yaml`;
      const text = (await mirror.read(revision.commit, [path], fileBytesMax)).get(path);
      const parsed = text === undefined ? null : parseScript(text, path);
      if (!parsed?.ok) continue;
      const { entry, settings } = parsed.manifest;
      const built = await context.builder.revision({
        mirror,
        commit: revision.commit,
        path: source.path,
        entry,
        settings,
      });
      if (built.kind === "built" && built.digest === revision.digest) continue;
      context.logger.error(
        { wanted: revision, got: built },
        "a lost bundle could not be built again to the same digest",
      );
    }
  }
}

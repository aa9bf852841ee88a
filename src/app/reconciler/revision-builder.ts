import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pLimit from "p-limit";
import { builderVersion } from "#adapters/bundles/builder.ts";
import { canonicalJson } from "#adapters/bundles/canonical-json.ts";
import type { ReconcileQueue } from "#adapters/store/reconcile-queue.ts";
import type { Records } from "#adapters/store/records.ts";
import type { Problem } from "#domain/manifest/problem.ts";
import type { Builder, BundleStore, Clock, GitMirror } from "#domain/ports.ts";
import type { Digest, RevisionSettings } from "#schemas/types.ts";

/** Builds at one time in this process: each is a process of its own that wants a core. */
const concurrency = 2;
/** Problems that the registry may mend: a build that failed for one of them is tried again when it is next asked for. */
const mayPass: ReadonlySet<string> = new Set(["package-not-found", "integrity-mismatch"]);

export interface RevisionRequest {
  readonly mirror: GitMirror;
  readonly commit: string;
  /** The script's folder. */
  readonly path: string;
  readonly entry: string;
  readonly settings: RevisionSettings;
}

export type RevisionOutcome =
  | { readonly kind: "built"; readonly digest: Digest }
  | { readonly kind: "rejected"; readonly problems: readonly Problem[] };

export interface RevisionBuilder {
  /** The revision that a commit's script gives; built at most once for the same files and settings. Throws when it cannot be built now. */
  revision(request: RevisionRequest): Promise<RevisionOutcome>;
}

interface RevisionBuilderOptions {
  readonly builder: Builder;
  readonly bundles: BundleStore;
  readonly records: Pick<Records, "findBuild" | "recordBuild">;
  readonly queue: Pick<ReconcileQueue, "aside">;
  readonly clock: Clock;
}

export function createRevisionBuilder({
  builder,
  bundles,
  records,
  queue,
  clock,
}: RevisionBuilderOptions): RevisionBuilder {
  const limit = pLimit(concurrency);
  const underWay = new Map<string, Promise<RevisionOutcome>>();

  async function knownOutcome(key: string): Promise<RevisionOutcome | null> {
    const known = await records.findBuild(key);
    if (known?.kind === "rejected") return known;
    return known && (await bundles.has(known.digest)) ? { kind: "built", digest: known.digest } : null;
  }

  async function buildNow(request: RevisionRequest, key: string): Promise<RevisionOutcome> {
    const folder = await mkdtemp(join(tmpdir(), "showrunner-build-"));
    try {
      await request.mirror.checkout(request.commit, folder);
      const { path, entry, settings } = request;
      const outcome = await builder.build({ checkout: folder, path, entry, settings });
      if (outcome.kind === "unavailable") throw new Error(`cannot build now: ${outcome.message}`);
      if (outcome.kind === "rejected") {
        const passes = outcome.problems.some(({ code }) => mayPass.has(code));
        if (!passes) await records.recordBuild({ key, outcome, builtAtMs: clock.now() });
        return outcome;
      }
      const digest = await bundles.put(outcome.bytes);
      const { libraries } = outcome;
      await records.recordBuild({
        key,
        outcome: { kind: "built", digest, libraries },
        builtAtMs: clock.now(),
      });
      return { kind: "built", digest };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  function start(request: RevisionRequest, key: string): Promise<RevisionOutcome> {
    const started = limit(async () => (await knownOutcome(key)) ?? buildNow(request, key)).finally(() =>
      underWay.delete(key),
    );
    underWay.set(key, started);
    return started;
  }

  return {
    async revision(request) {
      const key = buildKey(await request.mirror.treeId(request.commit), request);
      // What is known does not wait for its turn to be built.
      const known = underWay.has(key) ? null : await knownOutcome(key);
      if (known) return known;
      const building = underWay.get(key) ?? start(request, key);
      return queue.aside(() => building);
    },
  };
}

/**
 * Equal for equal files, settings and builder, whatever the commit: see docs/adr/0003. Settings come from a manifest or
 * from the store, which keeps no order of keys.
 */
function buildKey(tree: string, { path, entry, settings }: RevisionRequest): string {
  return createHash("sha256")
    .update(JSON.stringify([builderVersion, tree, path, entry, canonicalJson(settings)]))
    .digest("hex");
}

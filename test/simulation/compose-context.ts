import { pino } from "pino";
import { createUpsert } from "#adapters/github/upsert.ts";
import type { EffectCache } from "#adapters/github/effect-cache.ts";
import { createRetryGate } from "#adapters/github/retry-gate.ts";
import type { Records } from "#adapters/store/records.ts";
import type { ReconcilerContext } from "#app/reconciler/context.ts";
import { createFleetCommitter } from "#app/reconciler/fleet-committer.ts";
import { ParsedReleases } from "#app/reconciler/parsed-releases.ts";
import { createFleetView } from "#app/reconciler/fleet-view.ts";
import {
  type BundleStore,
  type Clock,
  CodeHostError,
  type GitMirror,
  type Repository,
} from "#domain/ports.ts";
import { noCampaigns } from "./no-campaigns.ts";
import { noExperiments } from "./no-experiments.ts";
import { ManifestReader } from "#app/reconciler/repository-manifests.ts";
import type { ReconcileKey } from "#domain/reconcile/reconcile-key.ts";
import { type Statement, memoryRecords } from "./memory-records.ts";
import { type ProcessCalls, SimulatedFailure } from "./process-calls.ts";
import type { Random } from "./random.ts";
import { simulatedBuilder } from "./simulated-builder.ts";
import { type ApiCall, simulatedHost } from "./simulated-host.ts";
import { emptyRefs, fetchInto, simulatedMirror } from "./simulated-mirror.ts";
import type { World } from "./world.ts";

export interface Composition {
  readonly context: ReconcilerContext;
  readonly statement: Statement;
}

interface LifeParts {
  readonly clockOffsetMs: number;
  readonly wake: (keys: readonly ReconcileKey[], afterMs: number) => void;
}

/** They only remember what the same texts always come to, so all seeds share them. */
const manifests = new ManifestReader();
const parsedReleases = new ParsedReleases();

const silent = pino({ level: "silent" });

/** The composition root of the simulation: the product's own parts over a world in memory. Compare src/app/control-plane.ts. */
export function composeContext(
  world: World,
  calls: ProcessCalls,
  random: Random,
  { clockOffsetMs, wake }: LifeParts,
  mutable: { readonly createUpsert: typeof createUpsert } = { createUpsert },
): Composition {
  const { watch, time, github } = world;
  const clock: Clock = { now: () => time.nowMs + clockOffsetMs };
  const statement = storeStatement(world, calls, random);
  const records: Records = memoryRecords(world.database, statement, watch);
  const host = simulatedHost({
    github,
    call: apiCall(world, calls, random, clock),
    ...mutable,
    effects: effectCache(world, statement, clock),
    wrote: (identity) => watch.effect(identity),
  });
  const mirrors = new Map<number, GitMirror>();
  const mirrorOf = (repository: Repository): GitMirror => {
    const known = mirrors.get(repository.id);
    if (known) return known;
    const fetched = world.mirrors.get(repository.id) ?? emptyRefs();
    world.mirrors.set(repository.id, fetched);
    const found = github.repository(repository.id);
    const sync = () =>
      calls.call(random.between(20, 150), () => {
        if (world.faults.hit("gitDown")) throw new SimulatedFailure("git fetch: connection reset");
        if (world.faults.hit("controlPlaneDiskFull")) throw new SimulatedFailure("git fetch: disk full");
        if (!world.faults.hit("gitLag")) fetchInto(fetched, found);
      });
    const mirror = simulatedMirror({ repository: found, fetched, sync });
    mirrors.set(repository.id, mirror);
    return mirror;
  };
  const fleetRepository = github.repository(world.fleetRepositoryId).fullName;
  const fleet = createFleetView({ host, mirrorOf, fleetRepository, parsedReleases });
  const bundles = bundleStore(world, calls);
  const context: ReconcilerContext = {
    records,
    queue: {
      wake: (keys, options) => statement("wake", "write", () => wake(keys, options?.afterMs ?? 0)),
    },
    host,
    mirrorOf,
    manifests,
    fleet,
    committer: createFleetCommitter(host, fleet, (delayMs) => calls.sleep(delayMs)),
    builder: simulatedBuilder({ world, calls, random, bundles }),
    bundles,
    campaigns: noCampaigns,
    experiments: noExperiments,
    signer: { publicKeyPem: "", sign: () => "signed" },
    clock,
    listeningSinceMs: clock.now(),
    logger: silent,
    fleetRepository,
    publicUrl: null,
    measurementSource: {
      measurements: (run) => records.listMeasurements(run.id),
      history: () => Promise.resolve({}),
    },
    metricSource: null,
  };
  return { context, statement };
}

function storeStatement({ faults }: World, calls: ProcessCalls, random: Random): Statement {
  return (name, kind, run) => {
    const isSlow = faults.hit("storeSlow") !== null;
    const latencyMs = isSlow ? random.between(5, 200) : random.chance(0.02) ? random.between(1, 20) : 0;
    return calls.call(latencyMs, () => {
      if (faults.hit("storeDown")) throw new SimulatedFailure(`the database is away: ${name}`);
      if (kind === "write" && faults.hit("controlPlaneDiskFull")) {
        throw new SimulatedFailure(`no space left on device: ${name}`);
      }
      return run();
    });
  };
}

function apiCall({ faults, watch }: World, calls: ProcessCalls, random: Random, clock: Clock): ApiCall {
  const gate = createRetryGate(clock);
  let limitedUntilMs = 0;
  return async (name, run) => {
    // Resolved first, so that a request that is kept back fails as one that was sent would.
    await calls.call(0, () => undefined);
    gate.check();
    watch.request(name, limitedUntilMs - clock.now());
    const isSlow = faults.hit("hostSlow") !== null;
    const latencyMs = isSlow ? random.between(2_000, 10_000) : random.between(20, 250);
    try {
      return await calls.call(latencyMs, () => {
        if (faults.hit("hostDown")) throw new CodeHostError("transient", `GitHub answered 503: ${name}`);
        const limit = faults.spend("rateLimit");
        if (limit) {
          const retryAtMs = clock.now() + Math.round(5_000 + limit.chance * 55_000);
          throw new CodeHostError("transient", `GitHub answered 429: ${name}`, retryAtMs);
        }
        const result = run();
        if (faults.spend("lostAnswer")) throw new CodeHostError("transient", `GitHub answered 502: ${name}`);
        return result;
      });
    } catch (error) {
      gate.learn(error);
      if (error instanceof CodeHostError) limitedUntilMs = Math.max(limitedUntilMs, error.retryAtMs ?? 0);
      throw error;
    }
  };
}

function effectCache(world: World, statement: Statement, clock: Clock): EffectCache {
  const { effects } = world.database;
  return {
    get: (key) =>
      statement("findEffect", "read", () => {
        const effect = effects.get(key);
        return effect ? { remoteId: Number(effect.remoteId), contentHash: effect.contentHash } : null;
      }),
    set: (key, { remoteId, contentHash }) =>
      statement("recordEffect", "write", () => {
        effects.set(key, { key, remoteId: String(remoteId), contentHash, updatedAtMs: clock.now() });
      }),
  };
}

function bundleStore({ bundles, faults }: World, calls: ProcessCalls): BundleStore {
  const noBytes = new Uint8Array();
  return {
    put: () => Promise.reject(new Error("the simulation's builder keeps its bundles itself")),
    get: (digest) => calls.call(0, () => (bundles.has(digest) ? noBytes : null)),
    has: (digest) =>
      calls.call(0, () => {
        if (faults.has("bundleLost") && !bundles.has(digest)) faults.note("bundleLost");
        return bundles.has(digest);
      }),
  };
}

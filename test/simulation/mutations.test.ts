import { describe, expect, it } from "@jest/globals";
import type { ReconcilerContext } from "#app/reconciler/context.ts";
import { composeContext } from "./compose-context.ts";
import type { FleetSnapshot } from "#domain/reconcile/fleet-snapshot.ts";
import type { InvariantNumber } from "./invariants/ledger.ts";
import { runSeed } from "./run-seed.ts";

/** A bug put into the parts that the controllers get; the product itself knows nothing of it. */
type Mutation = (context: ReconcilerContext) => ReconcilerContext;

const skipsBakes: Mutation = (context) => ({
  ...context,
  records: {
    ...context.records,
    // The bake is remembered as begun long ago, and nodes as having served for long.
    listRolloutsOfScript: async (...asked) =>
      (await context.records.listRolloutsOfScript(...asked)).map((rollout) => ({
        ...rollout,
        bake: Object.fromEntries(Object.entries(rollout.bake).map(([wave, ms]) => [wave, ms - 3_600_000])),
      })),
    listNodes: async () =>
      (await context.records.listNodes()).map((node) => ({
        ...node,
        report: node.report && {
          ...node.report,
          instances: node.report.instances.map((instance) => ({
            ...instance,
            since: "2020-01-01T00:00:00.000Z",
          })),
        },
      })),
  },
});

const acceptsStaleAttestations: Mutation = (context) => ({
  ...context,
  records: {
    ...context.records,
    listNodes: async () =>
      (await context.records.listNodes()).map((node) => ({
        ...node,
        receivedAtMs: node.receivedAtMs === null ? null : context.clock.now(),
      })),
  },
});

/** Every snapshot of the fleet repository is changed before anybody sees it. */
function changesSnapshots(change: (snapshot: FleetSnapshot) => FleetSnapshot): Mutation {
  const changed = (snapshot: FleetSnapshot | null) => snapshot && change(snapshot);
  return (context) => ({
    ...context,
    fleet: {
      ...context.fleet,
      current: async () => changed(await context.fleet.current()),
      refresh: async () => changed(await context.fleet.refresh()),
    },
  });
}

const ignoresFreezes = changesSnapshots((snapshot) => ({ ...snapshot, freezes: new Map() }));

/** Nodes are told of the groups, but no rollout is decided with them. */
const ignoresGroups = (context: ReconcilerContext): ReconcilerContext => ({
  ...context,
  mirrorOf: (repository) => ({ ...context.mirrorOf(repository), trailers: () => Promise.resolve([]) }),
});

/** What a rollout is about stays what it was when the script was first seen. */
const losesSupersedes: Mutation = (context) => {
  const first = new Map<string, Awaited<ReturnType<ReconcilerContext["records"]["findScript"]>>>();
  return {
    ...context,
    records: {
      ...context.records,
      async findScript(name, version) {
        const now = await context.records.findScript(name, version);
        const rollouts = await context.records.listRolloutsOfScript(name, version, 1);
        const key = `${name}@${version}`;
        if (rollouts[0]?.completedAtMs !== null || !first.has(key)) first.set(key, now);
        if (rollouts[0] && rollouts[0].completedAtMs === null) return first.get(key) ?? now;
        first.set(key, now);
        return now;
      },
    },
  };
};

/** Comments, checks and deployments are made without a look at what is there. */
const doublesEffects: typeof composeContext = (world, calls, random, parts) =>
  composeContext(world, calls, random, parts, { createUpsert: () => (object) => object.create() });

function composed(mutate: Mutation): typeof composeContext {
  return (...parts) => {
    const composition = composeContext(...parts);
    return { ...composition, context: mutate(composition.context) };
  };
}

const seedsMax = 1_000;

/** The first seed that breaks one of the invariants. */
async function firstBroken(
  compose: typeof composeContext,
  invariants: readonly InvariantNumber[],
): Promise<number | null> {
  for (let seed = 1; seed <= seedsMax; seed += 1) {
    const { broken } = await runSeed(seed, { compose });
    if (broken && invariants.includes(broken.invariant)) return seed;
  }
  return null;
}

describe("the simulation finds", () => {
  it.each<[string, typeof composeContext, readonly InvariantNumber[]]>([
    ["a skipped bake", composed(skipsBakes), [2]],
    ["a stale attestation that is accepted", composed(acceptsStaleAttestations), [2]],
    ["an ignored freeze", composed(ignoresFreezes), [5]],
    ["a lost supersede", composed(losesSupersedes), [5, 10]],
    ["half of a change to several scripts", composed(ignoresGroups), [12]],
    ["an effect that is made twice", doublesEffects, [7]],
  ])(
    "%s within 1,000 seeds",
    async (_name, compose, invariants) => {
      expect(await firstBroken(compose, invariants)).not.toBeNull();
    },
    300_000,
  );
});

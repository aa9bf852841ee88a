import { expect, it } from "@jest/globals";
import { createRevisionBuilder } from "#app/reconciler/revision-builder.ts";
import type { Builder, BundleStore, GitMirror } from "#domain/ports.ts";
import type { RevisionSettings } from "#schemas/types.ts";
import type { Records } from "#adapters/store/records.ts";
import { script } from "../../domain/rollout/rollout-fleet.ts";

const { settings } = script;

it("builds once for the same files and settings, whatever the commit and the order of the settings' keys", async () => {
  let built = 0;
  const builder: Builder = {
    build: async () => {
      built += 1;
      const digest = `sha256:${"a".repeat(64)}`;
      return { kind: "built", bytes: new Uint8Array([1]), digest, sourceMap: "", libraries: [] };
    },
  };
  const known = new Map<string, Awaited<ReturnType<Records["findBuild"]>>>();
  const bundles: Pick<BundleStore, "put" | "has"> = {
    put: async () => `sha256:${"a".repeat(64)}`,
    has: async () => true,
  };
  const revisions = createRevisionBuilder({
    builder,
    bundles: Object(bundles),
    records: {
      findBuild: async (key) => known.get(key) ?? null,
      recordBuild: async ({ key, outcome }) => void known.set(key, Object(outcome)),
    },
    queue: { aside: (wait) => wait() },
    clock: { now: () => 0 },
  });
  const mirror: Pick<GitMirror, "treeId" | "checkout"> = {
    treeId: async () => "t".repeat(40),
    checkout: async () => undefined,
  };
  const request = { mirror: Object(mirror), path: ".", entry: "src/index.ts" };
  const backwards: RevisionSettings = Object(Object.fromEntries(Object.entries(settings).toReversed()));
  const first = await revisions.revision({ ...request, commit: "a".repeat(40), settings });
  expect(await revisions.revision({ ...request, commit: "b".repeat(40), settings: backwards })).toEqual(
    first,
  );
  expect(built).toBe(1);
  await revisions.revision({
    ...request,
    commit: "b".repeat(40),
    settings: { ...settings, route: "/other" },
  });
  expect(built).toBe(2);
});

it("answers at once what is built already, however many builds wait for their turn", async () => {
  const digest = `sha256:${"b".repeat(64)}` as const;
  const gate = Promise.withResolvers<void>();
  let isSlow = false;
  const known = new Map<string, Awaited<ReturnType<Records["findBuild"]>>>();
  let aside = 0;
  const revisions = createRevisionBuilder({
    builder: {
      build: async () => {
        if (isSlow) await gate.promise;
        return { kind: "built", bytes: new Uint8Array([2]), digest, sourceMap: "", libraries: [] };
      },
    },
    bundles: Object({ put: async () => digest, has: async () => true }),
    records: {
      findBuild: async (key) => known.get(key) ?? null,
      recordBuild: async ({ key, outcome }) => void known.set(key, Object(outcome)),
    },
    queue: {
      aside: (wait) => {
        aside += 1;
        return wait();
      },
    },
    clock: { now: () => 0 },
  });
  const mirror = Object({ treeId: async () => "t".repeat(40), checkout: async () => undefined });
  const ask = (route: string) =>
    revisions.revision({
      mirror,
      path: ".",
      entry: "src/index.ts",
      commit: "a".repeat(40),
      settings: { ...settings, route },
    });
  await ask("/built");
  isSlow = true;
  const waiting = ["/1", "/2", "/3", "/4", "/1"].map(ask);
  expect(await ask("/built")).toEqual({ kind: "built", digest });
  // All that are built, and none that was, wait aside.
  expect(aside).toBe(1 + waiting.length);
  gate.resolve();
  await Promise.all(waiting);
});

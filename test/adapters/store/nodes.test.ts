import { beforeAll, beforeEach, expect, it } from "@jest/globals";
import {
  forgetSilentNodes,
  listNodes,
  listNodesOfRegion,
  recordReport,
  registerNode,
  type NodeRegistration,
} from "#adapters/store/nodes.ts";
import type { Store } from "#adapters/store/open-store.ts";
import type { NodeReport } from "#schemas/types.ts";
import { describeOnEachStore } from "./temporary-store.ts";

const nowMs = Date.UTC(2026, 5, 1);

function registration(id: string, changes: Partial<NodeRegistration> = {}): NodeRegistration {
  return {
    id,
    region: "eu-west-1",
    publicKey: `key of ${id}`,
    gatewayUrl: "http://127.0.0.1:1",
    adminUrl: "http://127.0.0.1:2",
    claimedSlot: null,
    nowMs,
    ...changes,
  };
}

function report(bootId: string, sequence: number): NodeReport {
  return {
    schema: 1,
    node: "n1",
    region: "eu-west-1",
    bootId,
    sequence,
    reportedAt: "2026-06-01T00:00:00Z",
    state: "ready",
    document: null,
    instances: [],
    problems: [],
  };
}

describeOnEachStore("nodes", (place) => {
  let store: Store;
  beforeAll(async () => {
    store = await place.open();
  });
  beforeEach(async () => {
    await store.db.deleteFrom("nodes").execute();
  });

  const register = (id: string, changes?: Partial<NodeRegistration>) =>
    registerNode(store.db, registration(id, changes));
  const send = (bootId: string, sequence: number, receivedAtMs = nowMs) =>
    recordReport(store.db, { id: "n1", report: report(bootId, sequence), receivedAtMs });

  it("get different slots, the first ones of the sequence, when they register all at once", async () => {
    const outcomes = await Promise.all(["a", "b", "c", "d", "e"].map((id) => register(id)));
    const slots = outcomes.map((outcome) => (outcome.kind === "registered" ? outcome.slot : -1));
    expect(slots.sort((a, b) => a - b)).toEqual([0, 12.5, 25, 50, 75]);
  });

  it("keep their slot when they register again, whatever they claim", async () => {
    await register("a");
    await register("b");
    expect(await register("b", { claimedSlot: 75, gatewayUrl: "http://127.0.0.1:9" })).toEqual({
      kind: "registered",
      slot: 50,
    });
    expect((await listNodes(store.db)).map(({ id, gatewayUrl }) => [id, gatewayUrl])).toEqual([
      ["a", "http://127.0.0.1:1"],
      ["b", "http://127.0.0.1:9"],
    ]);
  });

  it("get the slot they claim after the database was lost, unless another has it", async () => {
    expect(await register("b", { claimedSlot: 50 })).toEqual({ kind: "registered", slot: 50 });
    expect(await register("c", { claimedSlot: 50 })).toEqual({ kind: "registered", slot: 0 });
    expect(await register("d", { claimedSlot: Number.NaN })).toEqual({ kind: "registered", slot: 25 });
    expect(await register("e", { claimedSlot: 100 })).toEqual({ kind: "registered", slot: 75 });
  });

  it("have slots of their own region", async () => {
    await register("a");
    expect(await register("z", { region: "us-east-1" })).toEqual({ kind: "registered", slot: 0 });
    expect((await listNodesOfRegion(store.db, "us-east-1")).map(({ id }) => id)).toEqual(["z"]);
  });

  it("keep their name against another key while they show life, and lose it with their report after", async () => {
    await register("n1");
    await send("boot", 1, nowMs + 5_000);
    const thief = { publicKey: "key of a thief" };
    expect(await register("n1", { ...thief, nowMs: nowMs + 64_999 })).toEqual({ kind: "nameTaken" });
    expect(await register("n1", { ...thief, nowMs: nowMs + 65_000 })).toEqual({
      kind: "registered",
      slot: 0,
    });
    expect(await listNodes(store.db)).toMatchObject([
      { publicKey: "key of a thief", report: null, bootId: null },
    ]);
  });

  it("are known by their latest report, whatever order the reports arrive in", async () => {
    await register("n1");
    const outcomes = [];
    for (const [boot, sequence] of [
      ["first", 1],
      ["first", 3],
      ["first", 2],
      ["first", 3],
      ["second", 1],
      ["first", 4],
      ["second", 2],
    ] as const) {
      outcomes.push(await send(boot, sequence));
    }
    expect(outcomes).toEqual(["recorded", "recorded", "stale", "stale", "recorded", "stale", "recorded"]);
    expect(await listNodes(store.db)).toMatchObject([
      { bootId: "second", sequence: 2, receivedAtMs: nowMs, report: { bootId: "second", sequence: 2 } },
    ]);
  });

  it("may report text that PostgreSQL cannot hold", async () => {
    await register("n1");
    const problems = [
      { code: "x", message: "nul \0, half \ud83d, text \\u0000", at: "2026-06-01T00:00:00Z" },
    ];
    await recordReport(store.db, {
      id: "n1",
      report: { ...report("boot", 1), problems },
      receivedAtMs: nowMs,
    });
    const [node] = await listNodes(store.db);
    expect(node?.report?.problems[0]?.message).toBe("nul \uFFFD, half \uFFFD, text \\u0000");
  });

  it("must register before they report", async () => {
    expect(await send("boot", 1)).toBe("unknownNode");
  });

  it("free their slot when they are silent for long", async () => {
    await register("n1");
    await register("n2", { nowMs: nowMs + 1_000 });
    await forgetSilentNodes(store.db, nowMs + 500);
    expect((await listNodes(store.db)).map(({ id }) => id)).toEqual(["n2"]);
    expect(await register("n3")).toEqual({ kind: "registered", slot: 0 });
  });
});

import { describe, expect, it } from "@jest/globals";
import type { NodeRecord } from "#adapters/store/nodes.ts";
import { nodeViews, othersLatencyMs } from "#app/reconciler/node-views.ts";

const nowMs = Date.UTC(2026, 5, 1);
const at = new Date(nowMs).toISOString();

function nodeThatFails(code: string): NodeRecord {
  return {
    id: "eu-1",
    region: "eu-west-1",
    slot: 0,
    publicKey: "",
    gatewayUrl: "",
    adminUrl: "",
    registeredAtMs: nowMs,
    bootId: "boot",
    sequence: 1,
    receivedAtMs: nowMs,
    report: {
      schema: 1,
      node: "eu-1",
      region: "eu-west-1",
      bootId: "boot",
      sequence: 1,
      reportedAt: at,
      state: "ready",
      document: null,
      instances: [
        {
          script: "artwork",
          version: "1",
          role: "stable",
          digest: `sha256:${"a".repeat(64)}`,
          state: "failed",
          since: at,
          requests: 0,
          errors: 0,
          error: { code, message: "why" },
        },
      ],
      problems: [],
    },
  };
}

describe("what a node says of a revision that it does not serve", () => {
  it.each([
    ["cannot be fetched", "bundle_unavailable"],
    ["has no worker to run it", "worker_restarted"],
    ["has no room for it", "overloaded"],
    ["was told of a newer document meanwhile", "superseded"],
  ])("is the node's own fault where it %s: the node tries again", (_what, code) => {
    const [view] = nodeViews([nodeThatFails(code)], "artwork", "1", nowMs);
    expect(view?.instances[0]).toMatchObject({ state: "provisioning", isLate: false });
  });

  it.each([
    ["answers its warm-up with an error", "warmup_failed", false],
    ["does not load", "start_failed", false],
    ["loads too slowly, which a busy node does too", "start_timeout", true],
    ["warms up too slowly, which a busy node does too", "warmup_timeout", true],
  ])("is held against the revision where it %s", (_what, code, isLate) => {
    const [view] = nodeViews([nodeThatFails(code)], "artwork", "1", nowMs);
    expect(view?.instances[0]).toMatchObject({ state: "failed", isLate });
  });
});

describe("what a node measured lately of a revision", () => {
  it("is counted without the errors that it had no part in, and by kind", () => {
    const { report, ...node } = nodeThatFails("overloaded");
    if (report === null) throw new Error("there is no report");
    const { script, version, role, digest } = report.instances[0] ?? { script: "", version: "", digest: "" };
    const window = { startedAt: at, requests: 20, coldStarts: 0, warmups: 0, batches: 0 };
    const aMinuteBefore = new Date(nowMs - 60_000).toISOString();
    const windows = [
      {
        ...window,
        startedAt: aMinuteBefore,
        errors: 4,
        errorsByKind: { memory_exceeded: 3, worker_restarted: 1 },
      },
      { ...window, errors: 2, errorsByKind: { memory_exceeded: 1, script_error: 1 } },
    ];
    const metrics = [{ script, version, role: role ?? "stable", digest, windows }];
    const [view] = nodeViews([{ ...node, report: { ...report, metrics } }], script, version, nowMs);
    expect(view?.instances[0]?.recent).toEqual({
      requests: 40,
      errors: 5,
      errorsByKind: { memory_exceeded: 4, script_error: 1 },
      minutes: [
        { minutesAgo: 1, requests: 20 },
        { minutesAgo: 0, requests: 20 },
      ],
    });
  });
});

const nodeWith = (region: string, latencies: Readonly<Record<string, number>>): NodeRecord => {
  const { report, ...node } = nodeThatFails("overloaded");
  const [first] = report?.instances ?? [];
  if (!report || !first) throw new Error("there is no report");
  const instances = Object.entries(latencies).map(
    ([script, latencyP95Ms]) => ({ ...first, script, state: "serving", latencyP95Ms }) as const,
  );
  return { ...node, region, report: { ...report, region, instances } };
};

describe("how long the other scripts of a region take", () => {
  const nodes = [
    nodeWith("eu-west-1", { artwork: 900, search: 10, cart: 30, detail: 20 }),
    nodeWith("eu-west-1", { artwork: 900, search: 40, cart: 50 }),
    nodeWith("us-east-1", { search: 700, cart: 700 }),
  ];

  it("is the median over them and its nodes", () => {
    expect(othersLatencyMs(nodes, "eu-west-1", "artwork")).toBe(30);
  });

  it("is not told by one or two, nor by a region without nodes", () => {
    expect(othersLatencyMs(nodes, "us-east-1", "artwork")).toBeNull();
    expect(othersLatencyMs(nodes, "us-west-2", "artwork")).toBeNull();
  });
});

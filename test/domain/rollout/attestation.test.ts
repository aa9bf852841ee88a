import { describe, expect, it } from "@jest/globals";
import { type NodeView, attestation, servedForMs } from "#domain/rollout/attestation.ts";
import { fleetOf, revision } from "./rollout-fleet.ts";

const nowMs = Date.parse("2026-11-02T10:00:00Z");
const target = revision("b");

function node(id: string, heardAgoMs: number, listenedForMs: number): NodeView {
  return {
    id,
    region: "eu-west-1",
    slot: id === "n0" ? 0 : 50,
    receivedAtMs: nowMs - heardAgoMs,
    listeningSinceMs: nowMs - listenedForMs,
    instances: [
      {
        digest: target.digest,
        state: "serving",
        requests: 10,
        errors: 0,
        latencyP95Ms: 40,
        isQuarantined: false,
        recent: null,
        perSecond: 1,
        error: null,
        isLate: false,
      },
    ],
  };
}

function asked(unreachable: "wait" | "skip" | "fail", listenedForMs: number) {
  const [region] = fleetOf(["eu-west-1"], { unreachable }).regions;
  if (!region) throw new Error("the fleet has no region");
  const nodes = [node("n0", 1_000, listenedForMs), node("n1", 60_000, listenedForMs)];
  return attestation({
    region,
    nodes,
    digest: target.digest,
    nodesPct: 100,
    sinceMs: nowMs - 120_000,
    nowMs,
  });
}

describe("the attestation of a region with a silent node", () => {
  it.each([
    ["is reached without it where silent nodes are skipped", "skip", { kind: "reached" }],
    ["fails where silence is a failure", "fail", { kind: "failed", cause: "silence", node: "n1" }],
    ["waits for it otherwise, and names it", "wait", { kind: "waiting", unreachable: ["n1"] }],
  ] as const)("%s", (_name, policy, expected) => {
    expect(asked(policy, 3_600_000)).toMatchObject(expected);
  });

  it.each(["skip", "fail", "wait"] as const)(
    "waits for it, whatever the policy is (%s), while this process has only begun to listen",
    (policy) => {
      expect(asked(policy, 5_000)).toMatchObject({ kind: "waiting", waitingFor: ["n1"], unreachable: [] });
    },
  );
});

function served(heardAgoMs: number): number | null {
  const heard = node("n0", heardAgoMs, 3_600_000);
  const instances = heard.instances.map((instance) => ({ ...instance, servedMs: 100_000 }));
  return servedForMs([{ ...heard, instances }], target.digest, nowMs);
}

describe("how long nodes have served a digest", () => {
  it("goes on since a report that is fresh", () => {
    expect(served(5_000)).toBe(105_000);
  });

  it("ends with a report that seems old: our clock may have been set forward since", () => {
    expect(served(3_600_000)).toBe(100_000);
  });
});

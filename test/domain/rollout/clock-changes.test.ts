import { describe, expect, it } from "@jest/globals";
import { parseRelease } from "#domain/manifest/parse-manifest.ts";
import { releasePath, releaseText } from "#domain/reconcile/release-file.ts";
import { attestation, servedForMs } from "#domain/rollout/attestation.ts";
import type { NodeView } from "#domain/rollout/attestation.ts";
import { RolloutFleet, fleetOf, revision } from "./rollout-fleet.ts";

const hourMs = 3_600_000;
const threeRegions = { "eu-west-1": 2, "us-east-1": 2, "us-west-2": 2 };
const { digest } = revision("b");

function servingNode(id: string, receivedAtMs: number, servedMs?: number): NodeView {
  const instance: NodeView["instances"][number] = {
    digest,
    state: "serving",
    requests: 0,
    errors: 0,
    latencyP95Ms: null,
    isQuarantined: false,
    recent: null,
    perSecond: null,
    isLate: false,
    error: null,
    ...(servedMs !== undefined && { servedMs }),
  };
  return { id, region: "eu-west-1", slot: 0, receivedAtMs, instances: [instance] };
}

/** Decides every two seconds, nodes answering in between, until `isThere` or so many seconds have passed. */
function runUntil(fleet: RolloutFleet, isThere: () => boolean, secondsMax = 120): number {
  let seconds = 0;
  for (; seconds < secondsMax && !isThere(); seconds += 2) {
    fleet.decide(revision("b"));
    fleet.nowMs += 1_000;
    fleet.nodesReport();
    fleet.nowMs += 1_000;
  }
  return seconds;
}

const settled = (fleet: RolloutFleet) => () =>
  [...fleet.releases.values()].length === 3 &&
  [...fleet.releases.values()].every((release) => release.stable?.digest === digest && !release.next);

describe("a control plane whose clock is set", () => {
  it("back by two hours finishes its rollout all the same, and writes only files that hold", () => {
    const fleet = new RolloutFleet(threeRegions);
    runUntil(fleet, () => fleet.releases.get("eu-west-1")?.next?.nodesPct === 100);
    fleet.nowMs -= 2 * hourMs;
    runUntil(fleet, settled(fleet));
    expect(settled(fleet)()).toBe(true);
    for (const { region, release } of fleet.written) {
      const path = releasePath(region, release.script, release.version);
      expect(parseRelease(releaseText(release), path)).toMatchObject({ ok: true });
    }
  });

  it("back takes no report of before for one of now", () => {
    const nowMs = Date.parse("2026-11-02T10:00:00Z");
    const [region] = fleetOf(["eu-west-1"]).regions;
    if (!region) throw new Error("no region");
    const node = servingNode("n1", nowMs + hourMs);
    const question = { region, nodes: [node], digest, nodesPct: 100, sinceMs: nowMs, nowMs };
    expect(attestation(question)).toMatchObject({ kind: "waiting", unreachable: ["n1"] });
  });
});

describe("how long nodes have served a digest", () => {
  const nowMs = 1_000_000;
  const served = (...times: (number | undefined)[]): NodeView[] =>
    times.map((servedMs, index) => servingNode(`n${index}`, nowMs - 2_000, servedMs));

  it.each([
    ["counts on since their report", served(10_000), 12_000],
    ["is not decided by one that just started again", served(10_000, 100, 11_000), 12_000],
    ["is not decided by one whose clock was set forward", served(10_000, 7_200_000, 11_000), 13_000],
    ["is unknown when none says", served(undefined), null],
  ])("%s", (_name, nodes, expected) => {
    expect(servedForMs(nodes, digest, nowMs)).toBe(expected);
  });
});

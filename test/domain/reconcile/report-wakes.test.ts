import { describe, expect, it } from "@jest/globals";
import { reportWakes } from "#domain/reconcile/report-wakes.ts";
import type { InstanceReport, NodeReport } from "#schemas/types.ts";

const serving: InstanceReport = {
  script: "artwork",
  version: "4",
  role: "stable",
  digest: `sha256:${"a".repeat(64)}`,
  state: "serving",
  since: "2026-11-02T10:00:00.000Z",
  requests: 10,
  errors: 0,
};
const other: InstanceReport = { ...serving, script: "home", version: "1" };

function report(...instances: InstanceReport[]): NodeReport {
  return {
    schema: 1,
    node: "n1",
    region: "eu-west-1",
    bootId: "boot-1",
    sequence: 1,
    reportedAt: "2026-11-02T10:00:05.000Z",
    state: "ready",
    document: null,
    instances,
    problems: [],
  };
}

describe("a node's report", () => {
  it.each<[string, NodeReport | null, NodeReport, string[]]>([
    ["all scripts at the first", null, report(serving, other), ["script:artwork@4", "script:home@1"]],
    ["nothing when only counters moved", report(serving), report({ ...serving, requests: 20 }), []],
    ["nothing when the same comes in another order", report(serving, other), report(other, serving), []],
    [
      "a script whose state changed",
      report(serving, other),
      report({ ...serving, state: "draining" }, other),
      ["script:artwork@4"],
    ],
    ["a script that is gone", report(serving, other), report(other), ["script:artwork@4"]],
    [
      "a canary of its own",
      report(serving),
      report(serving, { ...serving, role: "canary" }),
      ["canary:artwork@4"],
    ],
  ])("wakes %s", (_name, before, after, keys) => {
    expect(reportWakes(before, after)).toEqual(keys);
  });
});

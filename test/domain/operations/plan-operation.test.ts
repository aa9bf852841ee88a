import { describe, expect, it } from "@jest/globals";
import { parse } from "yaml";
import {
  parseFreeze,
  parseHold,
  parseKill,
  parseRelease,
  type Parsed,
} from "#domain/manifest/parse-manifest.ts";
import type { OperationFacts } from "#domain/operations/operation-facts.ts";
import type { OperationPlan } from "#domain/operations/operation-plan.ts";
import type { Operation, OperationTarget } from "#domain/operations/operation.ts";
import { planOperation } from "#domain/operations/plan-operation.ts";
import type { FleetSnapshot } from "#domain/reconcile/fleet-snapshot.ts";
import {
  facts,
  freeze,
  group,
  hold,
  kill,
  next,
  nowMs,
  old,
  operation,
  release,
  rolling,
  rollingRelease,
  snapshot,
  stable,
} from "./operation-fixture.ts";

const script = (name: string, version: string | null = null): OperationTarget => ({
  kind: "script",
  name,
  version,
});
const baking = rolling({ kind: "baking", wave: 1, sinceMs: nowMs, untilMs: nowMs + 1, requests: 9 });
const midway = snapshot({
  releases: [
    ["eu-west-1", rollingRelease(1, 100, "2026-11-02T09:30:00Z")],
    ["us-east-1", release()],
    ["us-west-2", release()],
  ],
});
const idle = snapshot({ releases: ["eu-west-1", "us-east-1", "us-west-2"].map((name) => [name, release()]) });
const withEarlier = facts({ earlier: new Map([["artwork@4", [stable, old]]]) });

/** The planned files by path, each accepted by its own schema; null is a deletion. */
function files(plan: OperationPlan): Record<string, unknown> {
  if (!plan.ok) throw new Error(plan.error.message);
  const parsers: Record<string, (text: string, path: string) => Parsed<unknown>> = {
    holds: parseHold,
    freezes: parseFreeze,
    kills: parseKill,
    releases: parseRelease,
  };
  return Object.fromEntries(
    plan.changes.map(({ path, content }) => {
      if (content === null) return [path, null];
      const checked = parsers[path.split("/")[0] ?? ""]?.(content, path);
      expect(checked).toMatchObject({ ok: true });
      return [path, parse(content) as unknown];
    }),
  );
}

function planned(state: FleetSnapshot, known: OperationFacts, asked: Operation): OperationPlan {
  return planOperation(state, known, asked, nowMs);
}

describe("an operation on a script", () => {
  const holdFile = "holds/artwork@4.yaml";
  const said = { reason: "checkout errors", by: "@maya", at: "2026-11-02T10:00:00.000Z" };

  it.each<[string, FleetSnapshot, OperationFacts, Operation, Record<string, unknown>]>([
    ["pauses with a hold", idle, facts(), operation("pause"), { [holdFile]: { mode: "pause", ...said } }],
    [
      "resumes by taking the pause away",
      snapshot({ holds: [hold("pause")] }),
      facts(),
      operation("resume"),
      { [holdFile]: null },
    ],
    [
      "aborts what the regions are taking on",
      midway,
      baking,
      operation("abort"),
      { [holdFile]: { mode: "abort", revision: next, ...said } },
    ],
    [
      "aborts a rollout that still waits for its first window",
      idle,
      rolling({ kind: "waitingForWindow", wave: 1, regions: [], opensAtMs: null }),
      operation("abort"),
      { [holdFile]: { mode: "abort", revision: next } },
    ],
    [
      "lets an abort take the place of a pause",
      snapshot({ holds: [hold("pause")] }),
      baking,
      operation("abort"),
      { [holdFile]: { mode: "abort", revision: next } },
    ],
    [
      "rolls back a rollout to what the other regions have",
      midway,
      baking,
      operation("rollback"),
      { [holdFile]: { mode: "rollback", revision: next, to: stable } },
    ],
    [
      "rolls back what is stable everywhere to the revision before",
      idle,
      withEarlier,
      operation("rollback"),
      { [holdFile]: { mode: "rollback", revision: stable, to: old } },
    ],
    [
      "rolls back to a named commit, which may be short",
      idle,
      withEarlier,
      operation("rollback", undefined, { toCommit: "00000" }),
      { [holdFile]: { mode: "rollback", revision: stable, to: old } },
    ],
    [
      "goes further back while it goes on holding back the merged revision",
      snapshot({
        releases: [["eu-west-1", release()]],
        holds: [hold("rollback", { to: stable })],
      }),
      withEarlier,
      operation("rollback", undefined, { toCommit: "0000000" }),
      { [holdFile]: { mode: "rollback", revision: next, to: old } },
    ],
    [
      "promotes what was held back by letting go of it",
      snapshot({ holds: [hold("abort")] }),
      facts(),
      operation("promote"),
      { [holdFile]: null },
    ],
    [
      "promotes the wave that bakes, and nothing beyond it",
      midway,
      baking,
      operation("promote"),
      { "releases/eu-west-1/artwork@4.yaml": { stable: next } },
    ],
    [
      "freezes and ends it by itself",
      idle,
      facts(),
      operation("freeze", undefined, { untilMs: nowMs + 7_200_000 }),
      { "freezes/script-artwork.yaml": { scope: "script:artwork", until: "2026-11-02T12:00:00.000Z" } },
    ],
    [
      "kills in every region at once",
      idle,
      facts(),
      operation("kill", script("artwork", "4")),
      {
        "kills/script-artwork@4.yaml": {
          scope: "script:artwork@4",
          regions: ["eu-west-1", "us-east-1", "us-west-2"],
        },
      },
    ],
    [
      "unkills what was killed",
      snapshot({ kills: [kill("script:artwork", ["eu-west-1"])] }),
      facts(),
      operation("unkill"),
      { "kills/script-artwork.yaml": null },
    ],
    [
      "unfreezes what nobody declares any more",
      snapshot({ freezes: [freeze("script:gone")] }),
      facts(),
      operation("unfreeze", script("gone")),
      { "freezes/script-gone.yaml": null },
    ],
  ])("%s", (_name, state, known, asked, expected) => {
    expect(files(planned(state, known, asked))).toMatchObject(expected);
  });

  it.each<[string, FleetSnapshot, OperationFacts, Operation, string, RegExp]>([
    [
      "a script that does not exist",
      idle,
      facts(),
      operation("pause", script("artwrk")),
      "unknownTarget",
      /Did you mean artwork\?/,
    ],
    [
      "a version that does not exist",
      idle,
      facts(),
      operation("pause", script("artwork", "9")),
      "unknownTarget",
      /no version 9, only 4/,
    ],
    [
      "a second pause",
      snapshot({ holds: [hold("pause")] }),
      facts(),
      operation("pause"),
      "nothingToDo",
      /paused already, by @jonas since 2026-11-02T08:00Z: slow/,
    ],
    ["to resume what runs", idle, facts(), operation("resume"), "nothingToDo", /not paused/],
    [
      "to resume what was aborted",
      snapshot({ holds: [hold("abort")] }),
      facts(),
      operation("resume"),
      "nothingToDo",
      /Merge a fix or a revert, or try the same revision again with promote/,
    ],
    ["to abort when nothing is on its way", idle, facts(), operation("abort"), "nothingToDo", /use rollback/],
    [
      "to roll back a first release",
      idle,
      facts(),
      operation("rollback"),
      "unknownRevision",
      /no earlier revision to go back to. Merge a revert/,
    ],
    [
      "to roll back to a commit that is not kept",
      idle,
      withEarlier,
      operation("rollback", undefined, { toCommit: "123456" }),
      "unknownRevision",
      /There are 0000000/,
    ],
    [
      "to roll back twice",
      snapshot({ releases: [["eu-west-1", release()]], holds: [hold("rollback", { to: stable })] }),
      withEarlier,
      operation("rollback"),
      "nothingToDo",
      /held back already/,
    ],
    [
      "to promote what is paused",
      snapshot({ holds: [hold("pause")] }),
      baking,
      operation("promote"),
      "nothingToDo",
      /Use resume first/,
    ],
    [
      "to promote what its nodes do not run yet",
      midway,
      rolling({ kind: "provisioning", wave: 1, waitingFor: [], unreachable: [] }),
      operation("promote"),
      "nothingToDo",
      /while it bakes; it is provisioning now/,
    ],
    [
      "to promote a wave that began after it was asked",
      midway,
      baking,
      operation("promote", undefined, { askedAtMs: Date.parse("2026-11-02T09:29:00Z") }),
      "nothingToDo",
      /moved on since/,
    ],
    [
      "to freeze one version",
      idle,
      facts(),
      operation("freeze", script("artwork", "4")),
      "unsupportedTarget",
      /freeze artwork, or pause artwork@4/,
    ],
    [
      "to unfreeze what is frozen by something wider, and names it",
      snapshot({ freezes: [freeze("fleet"), freeze("group:web", { until: "2026-11-02T09:00:00Z" })] }),
      facts(),
      operation("unfreeze"),
      "nothingToDo",
      /script:artwork is not frozen. Frozen now: fleet\.$/,
    ],
    ["to unkill what runs", idle, facts(), operation("unkill"), "nothingToDo", /Nothing is stopped/],
    [
      "a pause that ends by itself",
      idle,
      facts(),
      operation("pause", undefined, { untilMs: nowMs + 1 }),
      "invalidTime",
      /a pause cannot/,
    ],
    [
      "a freeze that is over before it begins",
      idle,
      facts(),
      operation("freeze", undefined, { untilMs: nowMs }),
      "invalidTime",
      /in the future/,
    ],
    [
      "one member of an atomic group to be taken back",
      snapshot({ groups: [group("checkout", ["artwork", "catalog"], true)] }),
      baking,
      operation("abort"),
      "unsupportedTarget",
      /Use abort group:checkout/,
    ],
  ])("refuses %s", (_name, state, known, asked, kind, message) => {
    const plan = planned(state, known, asked);
    expect(plan).toMatchObject({ ok: false, error: { kind } });
    expect(!plan.ok && plan.error.message).toMatch(message);
  });
});

describe("an operation on many", () => {
  const web: OperationTarget = { kind: "selector", labels: { team: "web" } };
  const everyone = snapshot({ groups: [group("web", ["catalog", "home"])] });

  it("pauses every member of a group in one change, and leaves alone what is paused", () => {
    const one = hold("pause", { script: "home", version: "1" });
    const state = snapshot({ groups: [group("web", ["catalog", "home"])], holds: [one] });
    const plan = planned(state, facts(), operation("pause", { kind: "group", name: "web" }));
    expect(Object.keys(files(plan))).toEqual(["holds/catalog@1.yaml"]);
    expect(plan).toMatchObject({
      affected: ["catalog@1"],
      summary:
        "Pause catalog@1; left alone: home@1 is paused already, by @jonas since 2026-11-02T08:00Z: slow.",
      undo: "showrunner resume group:web",
    });
  });

  it("lets every member of a group through a freeze, in the freeze's one file", () => {
    const state = snapshot({ groups: [group("web", ["catalog", "home"])], freezes: [freeze("fleet")] });
    const plan = planned(state, facts(), operation("promote", { kind: "group", name: "web" }));
    expect(files(plan)).toMatchObject({
      "freezes/fleet.yaml": { allow: [{ script: "catalog" }, { script: "home", reason: "checkout errors" }] },
    });
  });

  it("promotes a wave of an atomic group for all of its members or for none", () => {
    const releases = [["eu-west-1", rollingRelease(1, 100, "2026-11-02T09:10:00Z")]] as const;
    const state = snapshot({ releases, groups: [group("web", ["artwork", "home"], true)] });
    const plan = planned(state, baking, operation("promote", { kind: "group", name: "web" }));
    expect(plan).toMatchObject({ ok: false, error: { kind: "nothingToDo" } });
  });

  it("lets only the commit that is on its way through a freeze", () => {
    const state = snapshot({ freezes: [freeze("script:artwork")] });
    const plan = planned(state, baking, operation("promote"));
    expect(files(plan)).toMatchObject({
      "freezes/script-artwork.yaml": { allow: [{ commit: next.commit }] },
    });
  });

  it.each<[string, OperationTarget, string, string[]]>([
    ["a group", { kind: "group", name: "web" }, "kills/group-web.yaml", ["eu-west-1"]],
    ["a region", { kind: "region", name: "us-east-1" }, "kills/region-us-east-1.yaml", ["us-east-1"]],
    ["the fleet", { kind: "fleet" }, "kills/fleet.yaml", ["eu-west-1"]],
  ])("begins to kill %s in one region", (_name, target, path, regions) => {
    expect(files(planned(everyone, facts(), operation("kill", target)))).toMatchObject({
      [path]: { regions },
    });
  });

  it.each<[string, OperationTarget, string]>([
    ["a group", { kind: "group", name: "web" }, "freezes/group-web.yaml"],
    ["a region", { kind: "region", name: "us-east-1" }, "freezes/region-us-east-1.yaml"],
    ["the fleet", { kind: "fleet" }, "freezes/fleet.yaml"],
  ])("freezes %s by its scope", (_name, target, path) => {
    expect(Object.keys(files(planned(everyone, facts(), operation("freeze", target))))).toEqual([path]);
  });

  it("keeps the hotfixes when a freeze is prolonged", () => {
    const allow = [{ script: "home", reason: "fix", by: "@ops", at: "2026-11-02T09:00:00Z" }];
    const state = snapshot({ freezes: [freeze("fleet", { allow })] });
    expect(files(planned(state, facts(), operation("freeze", { kind: "fleet" })))).toMatchObject({
      "freezes/fleet.yaml": { allow, by: "@maya" },
    });
  });

  it("freezes the scripts of a selector one by one", () => {
    const plan = planned(everyone, facts(), operation("freeze", web));
    expect(plan).toMatchObject({ affected: ["script:catalog", "script:home", "script:search"] });
  });

  it.each(["pause", "resume", "abort", "rollback", "promote"] as const)(
    "refuses to %s a region or the fleet, and says what does it",
    (kind) => {
      for (const target of [{ kind: "fleet" }, { kind: "region", name: "us-east-1" }] as const) {
        const plan = planned(idle, facts(), operation(kind, target));
        expect(plan).toMatchObject({ ok: false, error: { kind: "unsupportedTarget" } });
        expect(!plan.ok && plan.error.message).toMatch(/use freeze (fleet|region:us-east-1)/);
      }
    },
  );

  it("takes no more scripts by a selector than the cap, unless their number was confirmed", () => {
    const asked = operation("kill", web);
    const refused = planned(everyone, facts(), asked);
    expect(refused).toMatchObject({ ok: false, error: { kind: "overCap" } });
    expect(!refused.ok && refused.error.message).toMatch(
      /kill 3 of 4 scripts.*change 1 at once.*--confirm 3/,
    );
    expect(planned(everyone, facts(), { ...asked, confirmed: 2 }).ok).toBe(false);
    expect(planned(everyone, facts(), { ...asked, confirmed: 3 }).ok).toBe(true);
    expect(planned(everyone, facts(), operation("pause", web)).ok).toBe(true);
  });

  it.each<[OperationTarget, RegExp]>([
    [{ kind: "group", name: "webs" }, /no group webs. Did you mean web\?/],
    [{ kind: "region", name: "eu-west-2" }, /no region eu-west-2. Did you mean eu-west-1\?/],
    [{ kind: "selector", labels: { team: "none" } }, /No script has the labels team=none/],
  ])("refuses a target that does not exist: %j", (target, message) => {
    const plan = planned(everyone, facts(), operation("freeze", target));
    expect(!plan.ok && plan.error.message).toMatch(message);
  });

  it("plans the same again, whatever else happened", () => {
    const asked = operation("rollback");
    expect(planned(midway, baking, asked)).toEqual(planned(midway, baking, asked));
  });
});

describe("a promotion while a canary holds the first wave", () => {
  const regions = ["eu-west-1", "us-east-1"];
  it.each([
    ["runs", { kind: "canarying", wave: 1, regions, run: "r", untilMs: null } as const],
    [
      "has no verdict",
      { kind: "held", wave: 1, untriedIn: regions, requests: 3, minRequests: 9, reason: "3 of 9" } as const,
    ],
  ])("begins it on one node of each of its regions when it %s", (_name, phase) => {
    const known = { ...rolling(phase), slots: { "eu-west-1": [50, 0], "us-east-1": [25] } };
    const begun = { id: "artwork@4-bbbbbbb", wave: 1, waveStartedAt: new Date(nowMs).toISOString() };
    expect(files(planned(idle, known, operation("promote")))).toMatchObject({
      "releases/eu-west-1/artwork@4.yaml": { stable, next: { ...next, nodesPct: 50 }, rollout: begun },
      "releases/us-east-1/artwork@4.yaml": { stable, next: { ...next, nodesPct: 100 }, rollout: begun },
    });
  });

  it("is refused once the wave has begun", () => {
    const known = rolling({ kind: "canarying", wave: 1, regions, run: "r", untilMs: null });
    const begun = snapshot({ releases: [["eu-west-1", rollingRelease(1, 50, "2026-11-02T09:30:00Z")]] });
    expect(planned(begun, known, operation("promote"))).toMatchObject({ ok: false });
  });
});

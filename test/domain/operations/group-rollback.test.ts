import { describe, expect, it } from "@jest/globals";
import type { RevisionOrigin } from "#domain/operations/operation-facts.ts";
import { planOperation } from "#domain/operations/plan-operation.ts";
import type { Revision } from "#domain/rollout/rollout-input.ts";
import type { Hold, Release } from "#schemas/types.ts";
import { facts, group, hold, nowMs, operation, release, snapshot } from "./operation-fixture.ts";

/** A revision by its name: a letter for the member and a number that grows. */
function revision(name: string): Revision {
  const hex = Buffer.from(name).toString("hex");
  return { digest: `sha256:${hex.padEnd(64, "0")}`, commit: hex.padEnd(40, "0") };
}

interface Situation {
  /** By member: what its regions have as stable, first the newest, and what was stable everywhere before. */
  readonly revisions: Readonly<Record<string, readonly string[]>>;
  /** By revision: the changes that it has, and when it was merged. */
  readonly origins: Readonly<Record<string, readonly [mergedAtMs: number, ...changes: string[]]>>;
  readonly onItsWay?: Readonly<Record<string, string>>;
  readonly holds?: readonly Hold[];
}

/** Where members go by a rollback of their group, or why they do not. */
function rolledBack(
  { revisions, origins, onItsWay = {}, holds = [] }: Situation,
  toCommit: string | null = null,
) {
  const releases = Object.entries(revisions).map(([name, [newest = ""]]) => {
    const moving = onItsWay[name];
    const change: Partial<Release> = {
      stable: revision(newest),
      ...(moving !== undefined && { next: { ...revision(moving), nodesPct: 50 } }),
    };
    return ["eu-west-1", release(change, name, "1")] as const;
  });
  const earlier = new Map(
    Object.entries(revisions).map(([name, names]) => [`${name}@1`, names.map(revision)] as const),
  );
  const known = Object.entries(origins).map(([name, [mergedAtMs, ...changes]]): [string, RevisionOrigin] => [
    revision(name).commit,
    { mergedAtMs, changes },
  ]);
  const [first = "", ...others] = Object.keys(revisions);
  const scripts = Object.keys(revisions).map((name) => ({ name, version: "1", labels: {} }));
  const plan = planOperation(
    snapshot({ releases, holds, groups: [group("web", [first, ...others], true)] }),
    facts({ scripts, earlier, origins: new Map(known) }),
    operation("rollback", { kind: "group", name: "web" }, { toCommit }),
    nowMs,
  );
  if (!plan.ok) return plan.error.message;
  return Object.fromEntries(
    plan.changes.map(({ path, content }) => [
      /holds\/(.*)@1/.exec(path)?.[1] ?? path,
      Buffer.from(
        /to:[^]*?commit: "?([0-9a-f]{40})/.exec(content ?? "")?.[1]?.replace(/0+$/, "") ?? "",
        "hex",
      ).toString(),
    ]),
  );
}

const origins = {
  h1: [1],
  p1: [1],
  h2: [2, "c1"],
  p2: [3, "c1"],
  h3: [4, "c1"],
  h4: [5, "c1", "c2"],
  p3: [6, "c1", "c2"],
} as const;

describe("a rollback of an atomic group", () => {
  it("takes every member back from their last change", () => {
    const revisions = { home: ["h2", "h1"], player: ["p2", "p1"] };
    expect(rolledBack({ revisions, origins })).toEqual({ home: "h1", player: "p1" });
  });

  it("takes back a merge of one alone, and leaves the others where they go with it", () => {
    const revisions = { home: ["h3", "h2", "h1"], player: ["p2", "p1"] };
    expect(rolledBack({ revisions, origins })).toEqual({ home: "h2" });
  });

  it("takes one that moved on since back past that, when the change is taken back", () => {
    const revisions = { home: ["h3", "h2", "h1"], player: ["p2", "p1"] };
    expect(rolledBack({ revisions, origins: { ...origins, p2: [9, "c1"] } })).toEqual({
      home: "h1",
      player: "p1",
    });
  });

  it("goes to the newest revision that has what the others keep", () => {
    const revisions = { home: ["h4", "h3", "h2", "h1"], player: ["p3", "p2", "p1"] };
    expect(rolledBack({ revisions, origins })).toEqual({ home: "h3", player: "p2" });
  });

  it("takes a change on its way back, where the others have not begun", () => {
    const revisions = { home: ["h3", "h2"], player: ["p2", "p1"] };
    expect(rolledBack({ revisions, origins, onItsWay: { home: "h4" } })).toEqual({ home: "h3" });
  });

  it("goes to a revision that was named, with all that goes with it", () => {
    const revisions = { home: ["h4", "h3", "h2", "h1"], player: ["p3", "p2", "p1"] };
    const to = revision("h1").commit.slice(0, 7);
    expect(rolledBack({ revisions, origins }, to)).toEqual({ home: "h1", player: "p1" });
  });

  it("goes further back when it is held back already and a revision is named, else not", () => {
    const revisions = { home: ["h4", "h3", "h2", "h1"], player: ["p3", "p2", "p1"] };
    const held = (name: string, from: string, to: string) =>
      hold("rollback", { script: name, version: "1", revision: revision(from), to: revision(to) });
    const holds = [held("home", "h4", "h3"), held("player", "p3", "p2")];
    expect(rolledBack({ revisions, origins, holds })).toMatch(/^home@1 is held back already/);
    const to = revision("p1").commit;
    expect(rolledBack({ revisions, origins, holds }, to)).toEqual({ home: "h1", player: "p1" });
  });

  it("is refused where no kept revision of another member goes with it", () => {
    const revisions = { home: ["h4", "h1"], player: ["p3", "p2"] };
    expect(rolledBack({ revisions, origins })).toMatch(/^No kept revisions of the other members go with/);
  });

  it("names what could be gone back to when a revision is not known", () => {
    const revisions = { home: ["h2", "h1"], player: ["p2", "p1"] };
    expect(rolledBack({ revisions, origins }, "abcdef0")).toMatch(
      /^abcdef0 is no earlier revision of a member that is kept. There are 6831000 of home@1, 7031000 of player@1./,
    );
  });
});

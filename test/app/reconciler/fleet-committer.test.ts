import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "@jest/globals";
import { createFleetCommitter } from "#app/reconciler/fleet-committer.ts";
import type { CodeHost, CommitOutcome, FileChange, GitMirror } from "#domain/ports.ts";

const repository = { id: 1, fullName: "acme/fleet", defaultBranch: "main" };

/** A branch as a list of file trees; commit ids are their indexes. */
class FakeFleet {
  readonly trees: Map<string, string>[] = [
    new Map([
      ["a", "1"],
      ["b", "1"],
    ]),
  ];
  readonly messages: string[] = [];
  /** Called before a commit is tried, to get in between. */
  beforeCommit: () => void = () => {};

  push(changes: readonly FileChange[]): void {
    const next = new Map(this.trees.at(-1));
    for (const { path, content } of changes) {
      if (content === null) next.delete(path);
      else next.set(path, content);
    }
    this.trees.push(next);
  }

  committer() {
    const host: Pick<CodeHost, "branchHead" | "commitFiles"> = {
      branchHead: () => Promise.resolve(this.head()),
      commitFiles: (_repository, _branch, expectedHead, changes, message): Promise<CommitOutcome> => {
        const before = this.beforeCommit;
        this.beforeCommit = () => {};
        before();
        if (expectedHead !== this.head()) return Promise.resolve({ kind: "moved", head: this.head() });
        this.push(changes);
        this.messages.push(message);
        return Promise.resolve({ kind: "committed", commit: this.head() });
      },
    };
    const mirror: Pick<GitMirror, "sync" | "read"> = {
      sync: () => Promise.resolve(),
      read: (commit, paths) => {
        const tree = this.trees[Number(commit)] ?? new Map<string, string>();
        return Promise.resolve(new Map([...tree].filter(([path]) => paths.includes(path))));
      },
    };
    return createFleetCommitter(host, { source: () => Promise.resolve({ repository, mirror }) }, sleep);
  }

  head(): string {
    return String(this.trees.length - 1);
  }
}

function change(basis: string, path: string, content: string, subject = `write ${path}`) {
  return { basis, changes: [{ path, content }], restsOn: [], subject, cause: `rollout ${path}` };
}

describe("the fleet committer", () => {
  it("makes one commit of what comes at the same time, naming every cause", async () => {
    const fleet = new FakeFleet();
    const committer = fleet.committer();
    const outcomes = await Promise.all([
      committer.submit(change("0", "a", "2")),
      committer.submit(change("0", "b", "2")),
    ]);
    expect(outcomes).toEqual(["committed", "committed"]);
    expect(fleet.messages).toEqual([
      "Advance 2 rollouts\n\n- write a\n- write b\n\nShowrunner-Cause: rollout a\nShowrunner-Cause: rollout b\n",
    ]);
  });

  it("goes on top of a head that moved elsewhere", async () => {
    const fleet = new FakeFleet();
    fleet.beforeCommit = () => fleet.push([{ path: "b", content: "by hand" }]);
    expect(await fleet.committer().submit(change("0", "a", "2"))).toBe("committed");
    expect(Object.fromEntries(fleet.trees.at(-1) ?? [])).toEqual({ a: "2", b: "by hand" });
  });

  it("never overwrites what somebody else wrote to the same file", async () => {
    const fleet = new FakeFleet();
    fleet.push([{ path: "a", content: "by hand" }]);
    expect(await fleet.committer().submit(change("0", "a", "2"))).toBe("stale");
    expect(fleet.trees.at(-1)?.get("a")).toBe("by hand");
  });

  it("refuses a change that rests on a file which somebody changed meanwhile", async () => {
    const fleet = new FakeFleet();
    fleet.push([{ path: "b", content: "2" }]);
    const outcome = await fleet.committer().submit({ ...change("0", "a", "2"), restsOn: ["b"] });
    expect(outcome).toBe("stale");
    expect(fleet.trees.at(-1)?.get("a")).toBe("1");
  });

  it("refuses a change that rests on a file which another change of the same commit writes", async () => {
    const fleet = new FakeFleet();
    const committer = fleet.committer();
    const outcomes = await Promise.all([
      committer.submit(change("0", "b", "2")),
      committer.submit({ ...change("0", "a", "2"), restsOn: ["b"] }),
    ]);
    expect(outcomes).toEqual(["committed", "stale"]);
  });

  it("lets the first of two changes to one file win, and keeps the others of the batch", async () => {
    const fleet = new FakeFleet();
    const committer = fleet.committer();
    const outcomes = await Promise.all([
      committer.submit(change("0", "a", "first")),
      committer.submit(change("0", "a", "second")),
      committer.submit(change("0", "b", "2")),
    ]);
    expect(outcomes).toEqual(["committed", "stale", "committed"]);
    expect(Object.fromEntries(fleet.trees.at(-1) ?? [])).toEqual({ a: "first", b: "2" });
  });

  it("hands a failure to everyone who waits, and works again afterwards", async () => {
    const fleet = new FakeFleet();
    const committer = fleet.committer();
    fleet.beforeCommit = () => {
      throw new Error("unreachable");
    };
    await expect(committer.submit(change("0", "a", "2"))).rejects.toThrow("unreachable");
    expect(await committer.submit(change("0", "a", "2"))).toBe("committed");
  });
});

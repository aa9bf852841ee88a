import { beforeAll, expect, it } from "@jest/globals";
import { appendAudit, listAudit } from "#adapters/store/audit.ts";
import { findBuild, recordBuild } from "#adapters/store/builds.ts";
import { listOpenCommands, markCommandHandled, recordCommand } from "#adapters/store/commands.ts";
import { findEffect, recordEffect } from "#adapters/store/effects.ts";
import type { Store } from "#adapters/store/open-store.ts";
import {
  deletePullRequest,
  findPullRequest,
  listPullRequests,
  upsertPullRequest,
} from "#adapters/store/pull-requests.ts";
import { pruneStore } from "#adapters/store/prune-store.ts";
import {
  findRepository,
  listRepositories,
  markRepositoryRemoved,
  upsertRepository,
} from "#adapters/store/repositories.ts";
import {
  findRollout,
  listActiveRollouts,
  listRecentRollouts,
  listRolloutsOfPullRequest,
  listRolloutsOfScript,
  upsertRollout,
  type RolloutRecord,
} from "#adapters/store/rollouts.ts";
import {
  findScript,
  listScripts,
  listScriptsOfRepository,
  markScriptServed,
  upsertScript,
} from "#adapters/store/scripts.ts";
import type { StoredBuildOutcome } from "#adapters/store/database.ts";
import { describeOnEachStore } from "./temporary-store.ts";

const nowMs = Date.UTC(2026, 5, 1, 12, 30, 15, 123);
const dayMs = 86_400_000;
const problem = { file: "a.yaml", line: 1, column: 2, severity: "error", code: "x", message: "no" } as const;

const rollout: RolloutRecord = {
  id: "artwork@4-9e2d",
  script: "artwork",
  version: "4",
  repositoryId: 5_000_000_000,
  commit: "9e2d",
  digest: "sha256:bb",
  pullNumber: 7,
  startedAtMs: nowMs,
  promisedByMs: nowMs + 3_600_000,
  state: {
    phase: { kind: "baking", wave: 1, sinceMs: nowMs, untilMs: nowMs + 1, requests: 3 },
    regions: [],
    waves: 2,
    percent: 40,
    expectedByMs: nowMs + 5,
    unproven: false,
  },
  bake: { "1": nowMs },
  completedAtMs: null,
  updatedAtMs: nowMs,
};

describeOnEachStore("the tables", (place) => {
  let store: Store;
  beforeAll(async () => {
    store = await place.open();
  });

  it("keep repositories by id, with what was last seen", async () => {
    const repository = {
      id: 5_000_000_000,
      fullName: "acme/artwork",
      defaultBranch: "main",
      head: null,
      kind: "scripts",
      seenAtMs: nowMs,
      removedAtMs: null,
      settledState: null,
    } as const;
    await upsertRepository(store.db, repository);
    await upsertRepository(store.db, { ...repository, fullName: "acme/art", head: "9e2d" });
    expect(await listRepositories(store.db)).toEqual([{ ...repository, fullName: "acme/art", head: "9e2d" }]);
    await markRepositoryRemoved(store.db, repository.id, nowMs + 1);
    await markRepositoryRemoved(store.db, repository.id, nowMs + 2);
    expect(await listRepositories(store.db)).toEqual([]);
    expect(await findRepository(store.db, repository.id)).toMatchObject({ removedAtMs: nowMs + 1 });
    expect(await findRepository(store.db, 1)).toBeNull();
  });

  it("keep scripts by name and version", async () => {
    const script = {
      name: "artwork",
      version: "4",
      repositoryId: 1,
      path: ".",
      manifest: null,
      commit: "9e2d",
      declared: true,
      problems: [problem],
    };
    await upsertScript(store.db, script);
    await upsertScript(store.db, { ...script, version: "3", repositoryId: 2 });
    await markScriptServed(store.db, "artwork", "4", { commit: "9e2d", digest: "sha256:bb" });
    await upsertScript(store.db, { ...script, declared: false, problems: [] });
    const kept = {
      ...script,
      declared: false,
      problems: [],
      servedCommit: "9e2d",
      servedDigest: "sha256:bb",
    };
    expect(await findScript(store.db, "artwork", "4")).toEqual(kept);
    expect((await listScripts(store.db)).map(({ version }) => version)).toEqual(["3", "4"]);
    expect((await listScriptsOfRepository(store.db, 2)).map(({ version }) => version)).toEqual(["3"]);
    expect(await findScript(store.db, "artwork", "5")).toBeNull();
  });

  it("keep a command once, until it is handled, and know it again afterwards", async () => {
    const comment = { kind: "comment", commentId: 5 } as const;
    const button = { kind: "button", identifier: "abort", sender: "maya" } as const;
    const at = { repositoryId: 1, pullNumber: 7 };
    await recordCommand(store.db, { ...at, id: "comment:5", source: comment, receivedAtMs: nowMs });
    await recordCommand(store.db, { ...at, id: "button:g", source: button, receivedAtMs: nowMs - 1 });
    await recordCommand(store.db, { ...at, pullNumber: 8, id: "x", source: comment, receivedAtMs: nowMs });
    await recordCommand(store.db, { ...at, id: "comment:5", source: comment, receivedAtMs: nowMs + 5 });
    const open = await listOpenCommands(store.db, 1, 7);
    expect(open.map(({ id, source }) => [id, source])).toEqual([
      ["button:g", button],
      ["comment:5", comment],
    ]);
    await markCommandHandled(store.db, "comment:5", "done", nowMs);
    await recordCommand(store.db, { ...at, id: "comment:5", source: comment, receivedAtMs: nowMs + 9 });
    expect((await listOpenCommands(store.db, 1, 7)).map(({ id }) => id)).toEqual(["button:g"]);
  });

  it("keep what became of a build", async () => {
    const built: StoredBuildOutcome = {
      kind: "built",
      digest: "sha256:bb",
      libraries: [{ name: "lodash", version: "4.0.0", direct: true }],
    };
    await recordBuild(store.db, { key: "k1", outcome: built, builtAtMs: nowMs });
    await recordBuild(store.db, {
      key: "k2",
      outcome: { kind: "rejected", problems: [problem] },
      builtAtMs: nowMs,
    });
    expect(await findBuild(store.db, "k1")).toEqual(built);
    expect(await findBuild(store.db, "k2")).toEqual({ kind: "rejected", problems: [problem] });
    expect(await findBuild(store.db, "k3")).toBeNull();
  });

  it("keep a rollout's state to go on from, and forget it 90 days after its end", async () => {
    await upsertRollout(store.db, rollout);
    expect(await findRollout(store.db, rollout.id)).toEqual(rollout);
    expect(await listActiveRollouts(store.db)).toEqual([rollout]);
    expect(await listRolloutsOfScript(store.db, "artwork", "4", 5)).toEqual([rollout]);
    expect(await listRolloutsOfPullRequest(store.db, rollout.repositoryId, 7)).toEqual([rollout]);
    expect(await listRolloutsOfPullRequest(store.db, rollout.repositoryId, 8)).toEqual([]);
    await upsertRollout(store.db, { ...rollout, completedAtMs: nowMs });
    expect(await listActiveRollouts(store.db)).toEqual([]);
    await pruneStore(store.db, nowMs + 89 * dayMs);
    expect(await listRecentRollouts(store.db, 5)).toHaveLength(1);
    await pruneStore(store.db, nowMs + 91 * dayMs);
    expect(await listRecentRollouts(store.db, 5)).toEqual([]);
  });

  it("keep open pull requests until they are closed", async () => {
    const pull = {
      repositoryId: 5_000_000_000,
      number: 7,
      title: "Faster artwork",
      url: "http://127.0.0.1/acme/artwork/pull/7",
      verdict: "pending",
      scripts: ["artwork@4"],
      findings: null,
      inputsHash: "aa",
      canary: null,
    } as const;
    await upsertPullRequest(store.db, pull);
    await upsertPullRequest(store.db, {
      ...pull,
      title: "Fast \0 artwork",
      inputsHash: "bb",
      canary: "failure",
    });
    const kept = { ...pull, title: "Fast \uFFFD artwork", inputsHash: "bb", canary: "failure" };
    expect(await listPullRequests(store.db, 10)).toEqual([kept]);
    expect(await findPullRequest(store.db, pull.repositoryId, 7)).toEqual(kept);
    await deletePullRequest(store.db, pull.repositoryId, 7);
    expect(await findPullRequest(store.db, pull.repositoryId, 7)).toBeNull();
  });

  it("keep what we made elsewhere by our own key", async () => {
    const effect = { key: "comment:1#2", remoteId: "99", contentHash: "aa", updatedAtMs: nowMs };
    await recordEffect(store.db, effect);
    await recordEffect(store.db, { ...effect, contentHash: "bb" });
    expect(await findEffect(store.db, effect.key)).toEqual({ ...effect, contentHash: "bb" });
    expect(await findEffect(store.db, "comment:1#3")).toBeNull();
  });

  it("keep an act with its cause, its evidence and its undo, even when the text is hostile", async () => {
    const act = {
      atMs: nowMs,
      actor: "octocat",
      action: "rollback",
      subject: "artwork@4",
      cause: "asked \0 for",
      evidence: { digest: "sha256:aa", errors: [1, 2] },
      undo: null,
    };
    await appendAudit(store.db, act);
    expect(await listAudit(store.db, 5)).toEqual([{ id: 1, ...act, cause: "asked \uFFFD for" }]);
  });
});

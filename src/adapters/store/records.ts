import { type AuditRecord, appendAudit } from "./audit.ts";
import type { Notice } from "#domain/notify/notice.ts";
import type { Measurement } from "#domain/canary/measurement.ts";
import type { Run, RunPhase, RunStop } from "#domain/canary/run.ts";
import { findBuild, recordBuild } from "./builds.ts";
import { type CommandRecord, listOpenCommands, markCommandHandled, recordCommand } from "./commands.ts";
import {
  type PullRequestRuns,
  findCanaryRun,
  listActiveCanaryRuns,
  listCanaryRunsOfCandidate,
  listCanaryRunsOfPullRequest,
  listOpenCanaryRuns,
  requestCanaryRun,
  saveCanaryPhase,
  stopCanaryRun,
} from "./canary-runs.ts";
import type { Executor, StoredBuildOutcome } from "./database.ts";
import { type EventRecord, appendEvent } from "./events.ts";
import { type NodeRecord, forgetSilentNodes } from "./nodes.ts";
import { listMeasurements } from "./measurements.ts";
import { addNotice } from "./notices.ts";
import { pruneStore } from "./prune-store.ts";
import {
  type PullRequestRecord,
  deletePullRequest,
  findPullRequest,
  listPullRequests,
  listPullRequestsOfScript,
  upsertPullRequest,
} from "./pull-requests.ts";
import type { RegionDocumentRecord } from "./region-documents.ts";
import { knownNodes } from "./known-nodes.ts";
import { knownRegionDocuments } from "./known-region-documents.ts";
import {
  type RepositoryRecord,
  findRepository,
  listRepositories,
  markRepositoryRemoved,
  upsertRepository,
} from "./repositories.ts";
import {
  type RolloutRecord,
  findRollout,
  listActiveRollouts,
  listRolloutsOfPullRequest,
  listRecentRollouts,
  listRolloutsOfScript,
  upsertRollout,
} from "./rollouts.ts";
import {
  type ScriptDeclaration,
  type ScriptRecord,
  findScript,
  listScripts,
  listScriptsOfRepository,
  markScriptServed,
  upsertScript,
} from "./scripts.ts";
import { storeBornAtMs } from "./store-age.ts";

/**
 * What controllers read and write of the store: a port, so that they run over any database, and over none in the
 * simulation (test/simulation/). Each call is one atomic act, documented at the function of its name in this folder.
 */
export interface Records {
  findScript(name: string, version: string): Promise<ScriptRecord | null>;
  listScripts(): Promise<ScriptRecord[]>;
  listScriptsOfRepository(repositoryId: number): Promise<ScriptRecord[]>;
  upsertScript(script: ScriptDeclaration): Promise<void>;
  markScriptServed(
    name: string,
    version: string,
    revision: { readonly commit: string; readonly digest: string },
  ): Promise<void>;

  findRepository(id: number): Promise<RepositoryRecord | null>;
  listRepositories(): Promise<RepositoryRecord[]>;
  upsertRepository(repository: RepositoryRecord): Promise<void>;
  markRepositoryRemoved(id: number, nowMs: number): Promise<void>;

  listPullRequests(limit: number): Promise<PullRequestRecord[]>;
  findPullRequest(repositoryId: number, number: number): Promise<PullRequestRecord | null>;
  listPullRequestsOfScript(script: string): Promise<PullRequestRecord[]>;
  upsertPullRequest(pull: PullRequestRecord): Promise<void>;
  deletePullRequest(repositoryId: number, number: number): Promise<void>;

  findRollout(id: string): Promise<RolloutRecord | null>;
  listActiveRollouts(): Promise<RolloutRecord[]>;
  listRolloutsOfScript(script: string, version: string, limit: number): Promise<RolloutRecord[]>;
  listRecentRollouts(limit: number): Promise<RolloutRecord[]>;
  listRolloutsOfPullRequest(repositoryId: number, pullNumber: number): Promise<RolloutRecord[]>;
  upsertRollout(rollout: RolloutRecord): Promise<void>;

  requestCanaryRun(run: Run): Promise<void>;
  saveCanaryPhase(id: string, phase: RunPhase): Promise<void>;
  stopCanaryRun(id: string, stop: RunStop): Promise<void>;
  findCanaryRun(id: string): Promise<Run | null>;
  listOpenCanaryRuns(script: string, version: string): Promise<Run[]>;
  listActiveCanaryRuns(): Promise<Run[]>;
  listCanaryRunsOfPullRequest(of: PullRequestRuns, limit: number): Promise<Run[]>;
  listCanaryRunsOfCandidate(script: string, version: string, digest: string, limit: number): Promise<Run[]>;
  listMeasurements(runId: string): Promise<Measurement[]>;

  findBuild(key: string): Promise<StoredBuildOutcome | null>;
  recordBuild(build: {
    readonly key: string;
    readonly outcome: StoredBuildOutcome;
    readonly builtAtMs: number;
  }): Promise<void>;

  findRegionDocument(region: string): Promise<RegionDocumentRecord | null>;
  putRegionDocument(document: RegionDocumentRecord): Promise<"stored" | "unchanged" | "stale">;

  listNodes(): Promise<NodeRecord[]>;
  forgetSilentNodes(beforeMs: number): Promise<void>;

  recordCommand(command: CommandRecord): Promise<boolean>;
  listOpenCommands(repositoryId: number, pullNumber: number): Promise<CommandRecord[]>;
  markCommandHandled(id: string, outcome: string, nowMs: number): Promise<void>;

  addNotice(notice: Notice, endpoints: readonly string[]): Promise<void>;
  appendAudit(entry: Omit<AuditRecord, "id">): Promise<void>;
  appendEvent(event: Omit<EventRecord, "id">): Promise<number>;
  storeBornAtMs(): Promise<number>;
  pruneStore(nowMs: number): Promise<void>;
}

/** The records of a database. */
export function createRecords(db: Executor): Records {
  const documents = knownRegionDocuments(db);
  return {
    findScript: (name, version) => findScript(db, name, version),
    listScripts: () => listScripts(db),
    listScriptsOfRepository: (repositoryId) => listScriptsOfRepository(db, repositoryId),
    upsertScript: (script) => upsertScript(db, script),
    markScriptServed: (name, version, revision) => markScriptServed(db, name, version, revision),

    findRepository: (id) => findRepository(db, id),
    listRepositories: () => listRepositories(db),
    upsertRepository: (repository) => upsertRepository(db, repository),
    markRepositoryRemoved: (id, nowMs) => markRepositoryRemoved(db, id, nowMs),

    listPullRequests: (limit) => listPullRequests(db, limit),
    findPullRequest: (repositoryId, number) => findPullRequest(db, repositoryId, number),
    listPullRequestsOfScript: (script) => listPullRequestsOfScript(db, script),
    upsertPullRequest: (pull) => upsertPullRequest(db, pull),
    deletePullRequest: (repositoryId, number) => deletePullRequest(db, repositoryId, number),

    findRollout: (id) => findRollout(db, id),
    listActiveRollouts: () => listActiveRollouts(db),
    listRolloutsOfScript: (script, version, limit) => listRolloutsOfScript(db, script, version, limit),
    listRecentRollouts: (limit) => listRecentRollouts(db, limit),
    listRolloutsOfPullRequest: (repositoryId, pullNumber) =>
      listRolloutsOfPullRequest(db, repositoryId, pullNumber),
    upsertRollout: (rollout) => upsertRollout(db, rollout),

    requestCanaryRun: (run) => requestCanaryRun(db, run),
    saveCanaryPhase: (id, phase) => saveCanaryPhase(db, id, phase),
    stopCanaryRun: (id, stop) => stopCanaryRun(db, id, stop),
    findCanaryRun: (id) => findCanaryRun(db, id),
    listOpenCanaryRuns: (script, version) => listOpenCanaryRuns(db, script, version),
    listActiveCanaryRuns: () => listActiveCanaryRuns(db),
    listCanaryRunsOfPullRequest: (of, limit) => listCanaryRunsOfPullRequest(db, of, limit),
    listCanaryRunsOfCandidate: (script, version, digest, limit) =>
      listCanaryRunsOfCandidate(db, script, version, digest, limit),
    listMeasurements: (runId) => listMeasurements(db, runId),

    findBuild: (key) => findBuild(db, key),
    recordBuild: (build) => recordBuild(db, build),

    findRegionDocument: documents.find,
    putRegionDocument: documents.put,

    listNodes: knownNodes(db),
    forgetSilentNodes: (beforeMs) => forgetSilentNodes(db, beforeMs),

    recordCommand: (command) => recordCommand(db, command),
    listOpenCommands: (repositoryId, pullNumber) => listOpenCommands(db, repositoryId, pullNumber),
    markCommandHandled: (id, outcome, nowMs) => markCommandHandled(db, id, outcome, nowMs),

    addNotice: (notice, endpoints) => addNotice(db, notice, endpoints),
    appendAudit: (entry) => appendAudit(db, entry),
    appendEvent: (event) => appendEvent(db, event),
    storeBornAtMs: () => storeBornAtMs(db),
    pruneStore: (nowMs) => pruneStore(db, nowMs),
  };
}

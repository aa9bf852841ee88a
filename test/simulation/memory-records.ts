import type { ArrivedReport, NodeRegistration, RegistrationOutcome } from "#adapters/store/nodes.ts";
import type { Records } from "#adapters/store/records.ts";
import type { RegionDocumentRecord } from "#adapters/store/region-documents.ts";
import type { RolloutRecord } from "#adapters/store/rollouts.ts";
import { chooseSlot } from "#domain/reconcile/slots.ts";
import { memoryCanaryRecords } from "./memory-canary-records.ts";
import type { MemoryDatabase } from "./memory-database.ts";

/** One statement against the store: its name, whether it writes, and what it does. */
export type Statement = <T>(name: string, kind: "read" | "write", run: () => T) => Promise<T>;

export interface RecordObserver {
  documentStored(document: RegionDocumentRecord): void;
  rolloutStored(rollout: RolloutRecord): void;
}

const silentMs = 60_000;

/** The store's port over tables in memory, meaning the same as src/adapters/store/ statement by statement. */
export function memoryRecords(db: MemoryDatabase, run: Statement, observer: RecordObserver): Records {
  const read = <T>(name: string, act: () => T) => run(name, "read", act);
  const write = <T>(name: string, act: () => T) => run(name, "write", act);
  const rollouts = (keep: (rollout: RolloutRecord) => boolean) => [...db.rollouts.values()].filter(keep);
  return {
    findScript: (name, version) => read("findScript", () => db.scripts.get(`${name}@${version}`) ?? null),
    listScripts: () => read("listScripts", () => sortedScripts(db)),
    listScriptsOfRepository: (id) =>
      read("listScripts", () => sortedScripts(db).filter((script) => script.repositoryId === id)),
    upsertScript: (script) =>
      write("upsertScript", () => {
        const key = `${script.name}@${script.version}`;
        const { servedCommit = null, servedDigest = null } = db.scripts.get(key) ?? {};
        db.scripts.set(key, { ...script, servedCommit, servedDigest });
      }),
    markScriptServed: (name, version, { commit, digest }) =>
      write("markScriptServed", () => {
        const known = db.scripts.get(`${name}@${version}`);
        if (known)
          db.scripts.set(`${name}@${version}`, { ...known, servedCommit: commit, servedDigest: digest });
      }),

    findRepository: (id) => read("findRepository", () => db.repositories.get(id) ?? null),
    listRepositories: () =>
      read("listRepositories", () =>
        [...db.repositories.values()].filter((one) => one.removedAtMs === null).sort((a, b) => a.id - b.id),
      ),
    upsertRepository: (repository) =>
      write("upsertRepository", () => void db.repositories.set(repository.id, repository)),
    markRepositoryRemoved: (id, nowMs) =>
      write("markRepositoryRemoved", () => {
        const known = db.repositories.get(id);
        if (known?.removedAtMs === null) db.repositories.set(id, { ...known, removedAtMs: nowMs });
      }),

    findPullRequest: (id, number) => read("findPullRequest", () => db.pulls.get(`${id}#${number}`) ?? null),
    listPullRequests: (limit) => read("listPullRequests", () => [...db.pulls.values()].slice(0, limit)),
    listPullRequestsOfScript: (script) =>
      read("listPullRequestsOfScript", () =>
        [...db.pulls.values()].filter(({ scripts }) => scripts.includes(script)),
      ),
    upsertPullRequest: (pull) =>
      write("upsertPullRequest", () => void db.pulls.set(`${pull.repositoryId}#${pull.number}`, pull)),
    deletePullRequest: (id, number) =>
      write("deletePullRequest", () => void db.pulls.delete(`${id}#${number}`)),

    findRollout: (id) => read("findRollout", () => db.rollouts.get(id) ?? null),
    listActiveRollouts: () =>
      read("listActiveRollouts", () => rollouts((rollout) => rollout.completedAtMs === null).sort(byStart)),
    listRolloutsOfScript: (script, version, limit) =>
      read("listRolloutsOfScript", () =>
        rollouts((rollout) => rollout.script === script && rollout.version === version)
          .sort((a, b) => byStart(b, a))
          .slice(0, limit),
      ),
    listRecentRollouts: (limit) =>
      read("listRecentRollouts", () =>
        rollouts(() => true)
          .sort((a, b) => byStart(b, a))
          .slice(0, limit),
      ),
    listRolloutsOfPullRequest: (repositoryId, pullNumber) =>
      read("listRolloutsOfPullRequest", () =>
        rollouts(
          (rollout) => rollout.repositoryId === repositoryId && rollout.pullNumber === pullNumber,
        ).sort(byStart),
      ),
    upsertRollout: (rollout) =>
      write("upsertRollout", () => {
        db.rollouts.set(rollout.id, rollout);
        observer.rolloutStored(rollout);
      }),

    ...memoryCanaryRecords(db, run),

    findBuild: (key) => read("findBuild", () => db.builds.get(key) ?? null),
    recordBuild: ({ key, outcome }) => write("recordBuild", () => void db.builds.set(key, outcome)),

    findRegionDocument: (region) => read("findRegionDocument", () => db.documents.get(region) ?? null),
    putRegionDocument: (document) =>
      write("putRegionDocument", () => {
        const outcome = putDocument(db, document);
        if (outcome === "stored") observer.documentStored(document);
        return outcome;
      }),

    listNodes: () => read("listNodes", () => sortedNodes(db)),
    forgetSilentNodes: (beforeMs) =>
      write("forgetSilentNodes", () => {
        for (const node of db.nodes.values()) {
          if (Math.max(node.registeredAtMs, node.receivedAtMs ?? 0) < beforeMs) db.nodes.delete(node.id);
        }
      }),

    appendEvent: (event) =>
      write("appendEvent", () => {
        const id = db.nextEventId;
        db.nextEventId += 1;
        db.events.push({ id, ...event });
        return id;
      }),
    // Nobody comments on pull requests here.
    recordCommand: () => write("recordCommand", () => false),
    listOpenCommands: () => read("listOpenCommands", () => []),
    markCommandHandled: () => write("markCommandHandled", () => undefined),

    addNotice: () => write("addNotice", () => undefined),
    appendAudit: () => write("appendAudit", () => undefined),
    storeBornAtMs: () => read("storeBornAtMs", () => db.bornAtMs),
    pruneStore: () => write("pruneStore", () => undefined),
  };
}

function byStart(a: RolloutRecord, b: RolloutRecord): number {
  return a.startedAtMs - b.startedAtMs || (a.id < b.id ? -1 : 1);
}

function sortedScripts(db: MemoryDatabase) {
  return [...db.scripts.keys()].sort().flatMap((key) => db.scripts.get(key) ?? []);
}

function sortedNodes(db: MemoryDatabase) {
  return [...db.nodes.values()].sort((a, b) =>
    a.region === b.region ? a.slot - b.slot : a.region < b.region ? -1 : 1,
  );
}

function putDocument(db: MemoryDatabase, document: RegionDocumentRecord): "stored" | "unchanged" | "stale" {
  const inForce = db.documents.get(document.region);
  if (inForce?.etag === document.etag && inForce.signature === document.signature) return "unchanged";
  const falls =
    inForce !== undefined &&
    (inForce.epoch > document.epoch ||
      (inForce.epoch === document.epoch && inForce.generation > document.generation));
  if (falls) return "stale";
  db.documents.set(document.region, document);
  return "stored";
}

/** As `registerNode` of the store. */
export function registerInMemory(
  db: MemoryDatabase,
  { id, region, publicKey, gatewayUrl, adminUrl, claimedSlot, nowMs }: NodeRegistration,
): RegistrationOutcome {
  const known = db.nodes.get(id);
  const lastLifeMs = known ? Math.max(known.registeredAtMs, known.receivedAtMs ?? 0) : 0;
  if (known && known.publicKey !== publicKey && nowMs - lastLifeMs < silentMs) return { kind: "nameTaken" };
  const others = [...db.nodes.values()].filter((node) => node.region === region && node.id !== id);
  const slot = chooseSlot(new Set(others.map((other) => other.slot)), known?.slot ?? claimedSlot);
  if (slot === null) return { kind: "regionFull" };
  const kept = known ?? { report: null, bootId: null, sequence: null, receivedAtMs: null, pastBoots: [] };
  db.nodes.set(id, { ...kept, id, region, slot, publicKey, gatewayUrl, adminUrl, registeredAtMs: nowMs });
  return { kind: "registered", slot };
}

/** As `recordReport` of the store. */
export function recordInMemory(
  db: MemoryDatabase,
  { id, report, receivedAtMs }: ArrivedReport,
): "recorded" | "stale" | "unknownNode" {
  const node = db.nodes.get(id);
  if (!node) return "unknownNode";
  const { bootId, sequence } = report;
  const isLater =
    node.bootId === null ||
    (node.bootId === bootId
      ? node.sequence === null || node.sequence < sequence
      : !node.pastBoots.includes(bootId));
  if (!isLater) return "stale";
  const pastBoots =
    node.bootId === null || node.bootId === bootId ? node.pastBoots : [node.bootId, ...node.pastBoots];
  db.nodes.set(id, { ...node, report, bootId, sequence, receivedAtMs, pastBoots });
  return "recorded";
}

import type { EffectRecord } from "#adapters/store/effects.ts";
import type { StoredBuildOutcome } from "#adapters/store/database.ts";
import type { EventRecord } from "#adapters/store/events.ts";
import type { NodeRecord } from "#adapters/store/nodes.ts";
import type { PullRequestRecord } from "#adapters/store/pull-requests.ts";
import type { RegionDocumentRecord } from "#adapters/store/region-documents.ts";
import type { RepositoryRecord } from "#adapters/store/repositories.ts";
import type { RolloutRecord } from "#adapters/store/rollouts.ts";
import type { ScriptRecord } from "#adapters/store/scripts.ts";
import type { Run } from "#domain/canary/run.ts";
import type { ReconcileKey } from "#domain/reconcile/reconcile-key.ts";

export interface QueuedKey {
  dueAtMs: number | null;
  claim: number | null;
  claimedAtMs: number;
  attempts: number;
}

/** The tables of the store. They outlive a crash of the control plane; losing the database is a new one of these. */
export class MemoryDatabase {
  readonly bornAtMs: number;
  readonly scripts = new Map<string, ScriptRecord>();
  readonly repositories = new Map<number, RepositoryRecord>();
  readonly pulls = new Map<string, PullRequestRecord>();
  readonly rollouts = new Map<string, RolloutRecord>();
  readonly canaryRuns = new Map<string, Run>();
  readonly builds = new Map<string, StoredBuildOutcome>();
  readonly documents = new Map<string, RegionDocumentRecord>();
  readonly nodes = new Map<string, NodeRecord & { readonly pastBoots: readonly string[] }>();
  readonly effects = new Map<string, EffectRecord>();
  readonly deliveries = new Set<string>();
  readonly queue = new Map<ReconcileKey, QueuedKey>();
  events: EventRecord[] = [];
  nextEventId = 1;
  nextClaim = 1;

  constructor(bornAtMs: number) {
    this.bornAtMs = bornAtMs;
  }
}

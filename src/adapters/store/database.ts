import type { CampaignState } from "#domain/campaign/campaign-state.ts";
import type { DeprecatedVersions } from "#domain/campaign/library-reasons.ts";
import type { LibraryReleases } from "#domain/campaign/library-releases.ts";
import type { CampaignUnit } from "#domain/campaign/campaign-unit.ts";
import { type ColumnType, type Generated, type Kysely } from "kysely";
import type { Notice } from "#domain/notify/notice.ts";
import type { CanaryPolicy } from "#domain/canary/canary-policy.ts";
import type { Measurement } from "#domain/canary/measurement.ts";
import type { Run, RunPhase, RunStop } from "#domain/canary/run.ts";
import type { ExperimentState } from "#domain/experiment/experiment-state.ts";
import type { CellWindow } from "#domain/experiment/observe-cells.ts";
import type { CanaryConclusion } from "#domain/canary/pull-request-canaries.ts";
import type { PullRequestFindings } from "#domain/pull-request/pull-request-findings.ts";
import type { Revision } from "#domain/rollout/rollout-input.ts";
import type { ReconcileKey } from "#domain/reconcile/reconcile-key.ts";
import type { Problem } from "#domain/manifest/problem.ts";
import type { ScriptManifest } from "#domain/manifest/script-manifest.ts";
import type { RolloutState } from "#domain/rollout/rollout-state.ts";
import type { Library } from "#domain/ports.ts";
import type { Digest, NodeReport } from "#schemas/types.ts";
import type { JsonText } from "./json-text.ts";
import type { StoredPeriod } from "./stored-period.ts";

/** A connection pool or one transaction of it. Inside a transaction everything must go through the transaction. */
export type Executor = Kysely<Database>;

/** timestamptz: epoch milliseconds when read, Date when written. */
type Time = ColumnType<number, Date, Date>;
type NullableTime = ColumnType<number | null, Date | null, Date | null>;
/** jsonb: the value when read, `jsonText(value)` when written. */
type Json<T> = ColumnType<T, JsonText<T>, JsonText<T>>;
type NullableJson<T> = ColumnType<T | null, JsonText<T> | null, JsonText<T> | null>;

export interface Database {
  reconcile_keys: ReconcileKeysTable;
  deliveries: DeliveriesTable;
  repositories: RepositoriesTable;
  scripts: ScriptsTable;
  builds: BuildsTable;
  nodes: NodesTable;
  rollouts: RolloutsTable;
  pull_requests: PullRequestsTable;
  canary_runs: CanaryRunsTable;
  measurements: MeasurementsTable;
  experiments: ExperimentsTable;
  experiment_windows: ExperimentWindowsTable;
  experiment_periods: ExperimentPeriodsTable;
  region_documents: RegionDocumentsTable;
  notices: NoticesTable;
  effects: EffectsTable;
  events: EventsTable;
  audit: AuditTable;
  inventory: InventoryTable;
  library_releases: LibraryReleasesTable;
  campaigns: CampaignsTable;
  campaign_units: CampaignUnitsTable;
  write_turns: WriteTurnsTable;
  commands: CommandsTable;
}

/** One row a key that is waiting or being worked on; a key at rest has none. */
interface ReconcileKeysTable {
  key: string;
  /** When the next run is due; null while a run covers every wake so far. */
  due_at: NullableTime;
  /** The claim under which the key is being worked on, null when nobody does. */
  claim: string | null;
  /** Who holds the claim, for people: host and process id. */
  claimed_by: string | null;
  /** When the holder last showed that it lives. */
  heartbeat_at: NullableTime;
  /** Failed runs in a row. */
  attempts: number;
  last_error: string | null;
  /** Whether the last run asked to be run again. */
  under_way: Generated<boolean>;
}

interface DeliveriesTable {
  guid: string;
  event: string;
  received_at: Time;
  keys: Json<readonly ReconcileKey[]>;
}

export type RepositoryKind = "scripts" | "fleet" | "none";

interface RepositoriesTable {
  id: number;
  full_name: string;
  default_branch: string;
  head: string | null;
  kind: RepositoryKind;
  seen_at: Time;
  removed_at: NullableTime;
  /** null before the first. */
  settled_state: string | null;
}

interface ScriptsTable {
  name: string;
  version: string;
  repo_id: number;
  path: string;
  manifest: NullableJson<ScriptManifest>;
  commit: string;
  declared: boolean;
  problems: Json<readonly Problem[]>;
  served_commit: string | null;
  /** null also in rows from before it was kept. */
  served_digest: string | null;
}

/** What is kept of a build: the bytes are in the bundle store. */
export type StoredBuildOutcome =
  | { readonly kind: "built"; readonly digest: Digest; readonly libraries: readonly Library[] }
  | { readonly kind: "rejected"; readonly problems: readonly Problem[] };

interface BuildsTable {
  key: string;
  outcome: Json<StoredBuildOutcome>;
  built_at: Time;
}

interface NodesTable {
  id: string;
  region: string;
  slot: number;
  public_key: string;
  gateway_url: string;
  admin_url: string;
  registered_at: Time;
  report: NullableJson<NodeReport>;
  boot_id: string | null;
  /** Boots that ended, newest first: their reports are too late. */
  past_boots: Json<readonly string[]>;
  sequence: number | null;
  received_at: NullableTime;
}

interface RolloutsTable {
  id: string;
  script: string;
  version: string;
  repo_id: number;
  commit: string;
  digest: string;
  pull_number: number | null;
  started_at: Time;
  promised_by: Time;
  state: Json<RolloutState>;
  /** Wave (counted from 1) to the epoch milliseconds at which its bake started. */
  bake: Json<Readonly<Record<string, number>>>;
  completed_at: NullableTime;
  updated_at: Time;
}

export type PullRequestVerdict = "valid" | "invalid" | "pending";

interface PullRequestsTable {
  repo_id: number;
  number: number;
  title: string;
  url: string;
  verdict: PullRequestVerdict;
  scripts: Json<readonly string[]>;
  inputs_hash: string;
  /** null in rows from before it was kept. */
  findings: NullableJson<PullRequestFindings>;
  /** null where nothing is tried. */
  canary: CanaryConclusion | null;
}

interface CanaryRunsTable {
  id: string;
  script: string;
  version: string;
  repo_id: number;
  pull_number: number | null;
  head_sha: string;
  cause: Run["cause"];
  candidate: Json<Revision>;
  candidate_digest: string;
  policy: Json<CanaryPolicy>;
  requested_at: Time;
  stop: NullableJson<RunStop>;
  phase: Json<RunPhase>;
  ended_at: NullableTime;
}

interface MeasurementsTable {
  run_id: string;
  role: Measurement["role"];
  started_at: Time;
  node: string;
  region: string;
  counts: Json<Measurement["counts"]>;
}

interface ExperimentsTable {
  name: string;
  /** Whether it runs: what nodes count for it is kept. */
  is_open: boolean;
  state: Json<ExperimentState>;
  updated_at: Time;
}

interface ExperimentWindowsTable {
  experiment: string;
  cell: string;
  started_at: Time;
  node: string;
  counts: Json<CellWindow["counts"]>;
}

interface ExperimentPeriodsTable {
  experiment: string;
  /** When its course began: another one knows nothing of what came before. */
  since: Time;
  started_at: Time;
  observed: Json<StoredPeriod>;
}

interface RegionDocumentsTable {
  region: string;
  epoch: number;
  generation: number;
  etag: string;
  bytes: Uint8Array;
  signature: string;
  updated_at: Time;
}

/** Given up ones are dead until somebody has them sent again. */
export type NoticeState = "waiting" | "delivered" | "dead";

interface NoticesTable {
  id: string;
  endpoint: string;
  notice: Json<Notice>;
  state: NoticeState;
  attempts: number;
  /** While it is being sent, the time at which it counts as lost. */
  due_at: Time;
  last_error: string | null;
  created_at: Time;
  ended_at: NullableTime;
}

interface EffectsTable {
  key: string;
  remote_id: string;
  content_hash: string;
  updated_at: Time;
}

interface EventsTable {
  id: Generated<number>;
  at: Time;
  type: string;
  data: Json<Readonly<Record<string, unknown>>>;
}

/** Where a wish stands: a comment is read anew from GitHub, a button's press is told only once. */
export type CommandSource =
  | { readonly kind: "comment"; readonly commentId: number }
  | {
      readonly kind: "button";
      readonly identifier: string;
      readonly sender: string;
      readonly headSha?: string;
    };

interface CommandsTable {
  id: string;
  repo_id: number;
  pull_number: number;
  source: Json<CommandSource>;
  received_at: Time;
  handled_at: NullableTime;
  outcome: string | null;
}

interface AuditTable {
  id: Generated<number>;
  at: Time;
  actor: string;
  action: string;
  subject: string;
  cause: string;
  evidence: Json<Readonly<Record<string, unknown>>>;
  undo: string | null;
}

interface CampaignsTable {
  name: string;
  state: Json<CampaignState>;
}

interface CampaignUnitsTable {
  campaign: string;
  repo_id: number;
  base: string;
  pull_number: number | null;
  unit: Json<CampaignUnit>;
  is_due: boolean;
}

interface WriteTurnsTable {
  account: string;
  at_ms: Json<readonly number[]>;
}

interface InventoryTable {
  digest: Digest;
  name: string;
  version: string;
  direct: boolean;
}

interface LibraryReleasesTable {
  name: string;
  etag: string | null;
  latest: string | null;
  releases: Json<LibraryReleases["releases"]>;
  /** Out of the releases, so that those can stay where they are. */
  deprecated: Json<DeprecatedVersions>;
  failures: number;
  due_at: Time;
}

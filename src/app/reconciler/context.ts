import type { Logger } from "pino";
import type { FleetSnapshot } from "#domain/reconcile/fleet-snapshot.ts";
import type {
  BundleStore,
  Clock,
  CodeHost,
  GitMirror,
  MeasurementSource,
  MetricSource,
  Repository,
} from "#domain/ports.ts";
import type { Signer } from "#adapters/bundles/signing.ts";
import type { ReconcileKey } from "#domain/reconcile/reconcile-key.ts";
import type { ExperimentRecords } from "#adapters/store/experiments.ts";
import type { Records } from "#adapters/store/records.ts";
import type { FleetCommitter } from "./fleet-committer.ts";
import type { CampaignParts } from "#app/campaign/campaign-parts.ts";
import type { ManifestReader } from "./repository-manifests.ts";
import type { RevisionBuilder } from "./revision-builder.ts";

/** What every controller works with; built once in the composition root. */
export interface ReconcilerContext {
  readonly records: Records;
  readonly queue: Wakes;
  readonly host: CodeHost;
  /** The mirror of a repository; the same object for the same repository. */
  readonly mirrorOf: (repository: Repository) => GitMirror;
  readonly manifests: ManifestReader;
  readonly fleet: FleetView;
  readonly committer: FleetCommitter;
  readonly builder: RevisionBuilder;
  readonly bundles: BundleStore;
  readonly campaigns: CampaignParts;
  readonly experiments: ExperimentRecords;
  readonly signer: Signer;
  readonly clock: Clock;
  /** What nodes counted for canary runs. */
  readonly measurementSource: MeasurementSource;
  /** Since when nodes could report to this process, by its clock. */
  readonly listeningSinceMs: number;
  /** Where the manifests' own queries go; null where none is configured. */
  readonly metricSource: MetricSource | null;
  readonly logger: Logger;
  /** owner/name of the fleet repository. */
  readonly fleetRepository: string;
  /** Where people reach the dashboard; null where it is not reachable for them. */
  readonly publicUrl: string | null;
}

/** The fleet repository as this replica last read it. */
export interface FleetView {
  /** The newest readable state after a fetch; null when there is no fleet repository or never was a valid fleet.yaml. */
  refresh(): Promise<FleetSnapshot | null>;
  /** The same without a fetch once one was read. */
  current(): Promise<FleetSnapshot | null>;
  /** The repository and its mirror; null when the app is not installed on it. */
  source(): Promise<{ readonly repository: Repository; readonly mirror: GitMirror } | null>;
}

/** The keys that wait to be reconciled, as controllers see them. */
export interface Wakes {
  /** Makes keys due after a delay (0 when none is given), unless they are due earlier already. */
  wake(keys: readonly ReconcileKey[], options?: { readonly afterMs?: number }): Promise<void>;
}

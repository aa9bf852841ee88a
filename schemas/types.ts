// Generated from schemas/*.schema.json by scripts/generate-types.ts. Do not edit.

/**
 * A DNS-style label: lower-case letters, digits and dashes, 1 to 63 characters.
 */
export type Name = string;
/**
 * An instant, RFC 3339 in UTC.
 */
export type Time = string;
/**
 * A client-facing line of a script that is kept live beside the others, such as "4".
 */
export type VersionName = string;
/**
 * SHA-256 of a bundle's bytes, in lower-case hexadecimal with its prefix.
 */
export type Digest = string;
/**
 * A full git commit id, 40 hexadecimal digits.
 */
export type Commit = string;

export interface AllSchemas {
  "node-report"?: NodeReport;
  "region-document"?: RegionDocument;
  release?: Release;
  "revision-settings"?: RevisionSettings;
}
/**
 * What one runtime node observes of itself. Signed with the node's ed25519 key over the raw bytes; sent when something changed and every few seconds otherwise.
 */
export interface NodeReport {
  schema: 1;
  node: Name;
  region: Name;
  /**
   * Random for each start of the process.
   */
  bootId: string;
  /**
   * Counts up from 1 within one boot; an older one is refused.
   */
  sequence: number;
  reportedAt: Time;
  /**
   * Whether the node takes traffic.
   */
  state: "starting" | "ready" | "draining";
  /**
   * The region document in force, or null before the first.
   */
  document: null | DocumentInForce;
  /**
   * @maxItems 100000
   */
  instances: InstanceReport[];
  /**
   * What the node refused or could not do, newest last.
   *
   * @maxItems 50
   */
  problems: NodeProblem[];
}
export interface DocumentInForce {
  epoch: number;
  generation: number;
  etag: string;
  /**
   * Where it came from: the control plane, or the last known good on disk.
   */
  source: "control-plane" | "disk";
}
export interface InstanceReport {
  script: Name;
  version: VersionName;
  role: string;
  digest: Digest;
  /**
   * serving attests that requests are answered by this digest.
   */
  state: "provisioning" | "warming" | "serving" | "draining" | "failed";
  since: Time;
  /**
   * Requests answered since `since`.
   */
  requests: number;
  /**
   * Of these, answered 5xx or not at all.
   */
  errors: number;
  /**
   * 95th percentile over about the last minute, milliseconds.
   */
  latencyP95Ms?: number;
  /**
   * How long the warm-up took, milliseconds.
   */
  warmupMs?: number;
  error?: InstanceError;
}
/**
 * Why the state is failed.
 */
export interface InstanceError {
  code: string;
  message: string;
}
export interface NodeProblem {
  code: string;
  message: string;
  at: Time;
}
/**
 * All that one region must serve. A pure function of a fleet-repository commit; signed with a detached ed25519 signature over its raw bytes.
 */
export interface RegionDocument {
  schema: 1;
  region: Name;
  /**
   * Raised by operators when the fleet repository is replaced. A node takes a document only when (epoch, generation) does not fall.
   */
  epoch: number;
  /**
   * First-parent commit count of the fleet branch.
   */
  generation: number;
  issuedAt: Time;
  /**
   * What fleet.yaml lets any script call: host:port or CIDR.
   *
   * @maxItems 1000
   */
  egressAllow: string[];
  /**
   * @maxItems 100000
   */
  scripts: RegionScript[];
}
export interface RegionScript {
  name: Name;
  version: VersionName;
  /**
   * Whether requests that name no version get this one.
   */
  isDefault: boolean;
  /**
   * Ordered. For each role a node runs the first instance whose nodesPct is above its slot.
   *
   * @minItems 1
   * @maxItems 50
   */
  instances: RegionInstance[];
}
export interface RegionInstance {
  /**
   * stable, canary, baseline or a variant's name.
   */
  role: string;
  digest: Digest;
  /**
   * Percent of the region's nodes.
   */
  nodesPct: number;
}
/**
 * What one region must serve of one version of a script. Lives at releases/<region>/<script>@<version>.yaml in the fleet repository and is written by the bot.
 */
export interface Release {
  kind: "Release";
  script: Name;
  version: VersionName;
  source: ReleaseSource;
  stable?: StableRevision;
  next?: NextRevision;
  rollout?: RolloutMark;
}
/**
 * The script repository that the revisions were built from.
 */
export interface ReleaseSource {
  /**
   * GitHub's id of the repository; survives a rename.
   */
  repoId: number;
  /**
   * owner/name when this was written, for the reader.
   */
  repo: string;
  /**
   * Folder of the script's showrunner.yaml inside the repository; "." is the root.
   */
  path: string;
}
/**
 * The last fully promoted revision. Absent until the first rollout has finished here.
 */
export interface StableRevision {
  digest: Digest;
  commit: Commit;
}
/**
 * The revision being rolled out here. Absent when idle.
 */
export interface NextRevision {
  digest: Digest;
  commit: Commit;
  /**
   * Share of the region's nodes that run it, in percent: the nodes whose slot is below this number.
   */
  nodesPct: number;
}
/**
 * The rollout that `next` belongs to, so that it goes on at the right wave after the database is lost. Absent when idle.
 */
export interface RolloutMark {
  /**
   * Identity of the rollout: <script>@<version>-<short commit>.
   */
  id: string;
  /**
   * Number of the wave that this region is in, from 1.
   */
  wave: number;
  startedAt: Time;
  waveStartedAt: Time;
  promisedBy: Time;
}
/**
 * The settings that a revision runs under: the first line of its bundle, so that one digest covers code and settings. All defaults are filled in.
 */
export interface RevisionSettings {
  schema: 1;
  name: Name;
  version: VersionName;
  /**
   * Path prefix that the gateway sends to this script.
   */
  route: string;
  /**
   * Requests made before a revision takes its first real one, in order.
   *
   * @maxItems 20
   */
  warmup: WarmupSettings[];
  limits: LimitSettings;
  /**
   * host:port or CIDR that the script may call, within what the fleet allows.
   *
   * @maxItems 100
   */
  egress: string[];
  /**
   * Names of the secrets the node hands to this script alone.
   *
   * @maxItems 100
   */
  secrets: string[];
}
export interface WarmupSettings {
  /**
   * Path and query to request.
   */
  path: string;
  /**
   * How often.
   */
  times: number;
  /**
   * Limit for one request, milliseconds.
   */
  timeoutMs: number;
}
export interface LimitSettings {
  /**
   * Heap of the isolate, MiB.
   */
  memoryMb: number;
  /**
   * Thread CPU a request, milliseconds.
   */
  cpuMs: number;
  /**
   * Wall time a request, milliseconds.
   */
  wallMs: number;
  /**
   * Requests in flight on one node.
   */
  concurrency: number;
  /**
   * Size of one response body, MiB.
   */
  responseMb: number;
}

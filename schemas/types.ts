// Generated from schemas/*.schema.json by scripts/generate-types.ts. Do not edit.

/**
 * A DNS-style label: lower-case letters, digits and dashes, 1 to 63 characters.
 */
export type Name = string;
/**
 * The team or person who answers for this, such as team-art or @acme/art.
 */
export type Owner = string;
/**
 * Name of an npm package, such as zod or @acme/edge-kit.
 */
export type PackageName = string;
/**
 * The versions that are upgraded; all older ones when absent.
 */
export type VersionRange = string;
/**
 * Days and hours of a week in local time, such as "Mon-Thu 09:00-16:00", "Sat,Sun 10:00-12:00" or, past midnight, "Fri 22:00-02:00".
 */
export type Window = string;
/**
 * How long an open pull request may wait for a person with nothing happening to it, before its owners are reminded: once.
 */
export type Duration = string;
/**
 * A DNS-style label: lower-case letters, digits and dashes, 1 to 63 characters.
 */
export type Name1 = string;
/**
 * An instant, RFC 3339 in UTC.
 */
export type Time = string;
/**
 * An instant, RFC 3339 in UTC.
 */
export type Time1 = string;
/**
 * A client-facing line of a script that is kept live beside the others, such as "4".
 */
export type VersionName = string;
/**
 * Head of the pull request, or the commit that is tried; the verdict is about this one.
 */
export type Commit = string;
/**
 * SHA-256 of a bundle's bytes, in lower-case hexadecimal with its prefix.
 */
export type Digest = string;
/**
 * A full git commit id, 40 hexadecimal digits.
 */
export type Commit1 = string;
/**
 * What keeps one client on one revision: header:NAME, cookie:NAME, user (the header x-user-id) or ip.
 */
export type StickyBy = string;
/**
 * Why it did not come to its end; null when it did.
 */
export type CodemodFailure = {
  /**
   * The file that it failed on; null when it could not begin.
   */
  file: string | null;
  /**
   * In the codemod's own words, or ours.
   */
  message: string;
} | null;
/**
 * Who did it: an @ and a user's name, such as @maya, or "showrunner" for a rule of its own.
 */
export type Actor = string;
/**
 * Why, in a sentence or two, for people.
 */
export type Reason = string;
/**
 * A destination, host:port or an address range in CIDR notation.
 */
export type Endpoint = string;
/**
 * How often the registry is asked about each library, a duration of at least a minute.
 */
export type Duration1 = string;
/**
 * For scripts whose manifest says nothing of it.
 */
export type NewReleases = "none" | "needed" | "patch" | "minor" | "major";
/**
 * A semver range as npm writes it, such as ^1.2.4 or >=2 <4.
 */
export type VersionRange1 = string;
/**
 * An instant, RFC 3339 in UTC.
 */
export type Time2 = string;
/**
 * The largest step to a new release of a library for which a campaign starts by itself: none; needed, which is the smallest step away from a version that is deprecated, at its end of life, slow or broken; patch, minor or major, which take such a step too.
 */
export type NewReleases1 = "none" | "needed" | "patch" | "minor" | "major";

export interface AllSchemas {
  campaign?: Campaign;
  "canary-run"?: CanaryRun;
  "codemod-result"?: CodemodResult;
  "codemod-run"?: CodemodRun;
  experiment?: Experiment;
  fleet?: Fleet;
  freeze?: Freeze;
  group?: Group;
  hold?: Hold;
  kill?: Kill;
  "node-report"?: NodeReport;
  "region-document"?: RegionDocument;
  release?: Release;
  "revision-settings"?: RevisionSettings;
  script?: Script;
}
/**
 * One library upgrade across many scripts: campaigns/<name>.yaml in the fleet repository.
 */
export interface Campaign {
  kind: "Campaign";
  name: Name;
  owner: Owner;
  /**
   * Why, one line.
   */
  description?: string;
  library: PackageName;
  from?: VersionRange;
  /**
   * The version to reach, such as 1.2.4.
   */
  to: string;
  /**
   * Identifier of the security advisory behind it, which is advisories/<identifier>.json in OSV's format. Transitive uses are updated too, and no limit holds it up.
   */
  advisory?: string;
  selector?: Labels;
  /**
   * The repositories that it is about, owner/name; all when absent.
   *
   * @maxItems 5000
   */
  repositories?: string[];
  /**
   * Scripts that are left out.
   *
   * @maxItems 1000
   */
  exclude?: Name[];
  /**
   * Path of a codemod in the fleet repository.
   */
  codemod?: string;
  /**
   * Pull requests of the campaign that may be open at once.
   */
  openMax?: number;
  /**
   * The same for the scripts of one owner; no limit of its own when absent.
   */
  openMaxPerOwner?: number;
  /**
   * Pull requests that may be opened within an hour; no limit of its own when absent.
   */
  openPerHourMax?: number;
  /**
   * Pull requests opened before any was judged. Each further wave is twice as large as the one before.
   */
  firstWave?: number;
  /**
   * When no pull request is opened, UTC.
   *
   * @maxItems 14
   */
  quiet?: Window[];
  /**
   * Canary score from 0 to 100 at which a pull request counts as ready to ship.
   */
  shipScore?: number;
  /**
   * Rollouts that shipping the campaign keeps under way at once.
   */
  shipAtOnceMax?: number;
  chaseAfter?: Duration;
  stop?: CampaignStop;
  /**
   * Started by the scan for new releases, which adds repositories to it and ends it when a newer release takes its place. Take it out to make the campaign your own.
   */
  foundBy?: "scan";
  supersededBy?: Name1;
  stopped?: CampaignStopped;
  resumedAt?: Time1;
}
/**
 * Free key and value pairs, to select by.
 */
export interface Labels {
  /**
   * At most 63 letters, digits, dots, dashes and underscores.
   */
  [k: string]: string;
}
/**
 * When the campaign stops itself.
 */
export interface CampaignStop {
  /**
   * Share of the judged pull requests that may fail, percent.
   */
  failedPct?: number;
  /**
   * Pull requests judged before the share counts.
   */
  afterJudged?: number;
}
/**
 * Opens and ships nothing while it is there. Written by the bot when early scores are bad, or on command; take it out to go on.
 */
export interface CampaignStopped {
  /**
   * Why, for people.
   */
  reason: string;
  /**
   * showrunner for the rule, or who asked.
   */
  by: string;
  at: Time;
  /**
   * What the campaign shipped goes back too, each script once, where it is still as shipped.
   */
  rollback?: true;
}
/**
 * A candidate that is compared with a fresh baseline on a share of the traffic. Lives at canaries/<runId>.yaml in the fleet repository while it runs, is written by the bot, and is deleted when the run ends, however it ends.
 */
export interface CanaryRun {
  kind: "CanaryRun";
  /**
   * Identity of the run: <script>@<version>-<short commit>-<attempt>. Requests are shared out by hash(runId, sticky key).
   */
  runId: string;
  script: Name;
  version: VersionName;
  /**
   * GitHub's id of the script repository; survives a rename.
   */
  repoId: number;
  /**
   * Number of the pull request that is tried. Absent for other causes.
   */
  pull?: number;
  headSha: Commit;
  baseline: BaselineRevision;
  candidate: CandidateRevision;
  /**
   * Where it runs.
   *
   * @minItems 1
   * @maxItems 100
   */
  regions: Name[];
  /**
   * Share of the requests that the candidate answers, percent; the baseline gets as much.
   */
  sharePct: number;
  stickyBy?: StickyBy;
  /**
   * Length of the windows in which nodes count for this run, seconds; 60 when left out.
   */
  windowSeconds?: number;
  startedAt: Time;
  /**
   * When nodes take both instances out of service by themselves, RFC 3339 in UTC.
   */
  expiresAt: string;
  /**
   * What asked for it.
   */
  cause: "pullRequest" | "rollout" | "demand" | "campaign";
}
/**
 * The stable revision, in fresh instances.
 */
export interface BaselineRevision {
  digest: Digest;
  commit: Commit1;
}
/**
 * The revision that is tried; the commit is the one that was built.
 */
export interface CandidateRevision {
  digest: Digest;
  commit: Commit1;
}
/**
 * What a codemod made of its files, on the standard output of its process.
 */
export interface CodemodResult {
  /**
   * The new texts of the files that it changed, by path; none where it failed.
   */
  changed: {
    [k: string]: string;
  };
  failure: CodemodFailure;
}
/**
 * What a codemod is run on, on the standard input of its process.
 */
export interface CodemodRun {
  /**
   * The bundled codemod.
   */
  code: string;
  /**
   * Where it is in the fleet repository.
   */
  path: string;
  library: PackageName;
  /**
   * The version that the library comes to.
   */
  to: string;
  /**
   * The sources of a script, which it may change.
   */
  files: CodemodFile[];
}
export interface CodemodFile {
  /**
   * In its repository.
   */
  path: string;
  /**
   * All of it.
   */
  text: string;
}
/**
 * A multivariate experiment on one script: experiments/<name>.yaml in the fleet repository.
 */
export interface Experiment {
  kind: "Experiment";
  name: Name;
  owner: Owner;
  /**
   * What is to be learnt, one line.
   */
  description?: string;
  /**
   * Name of the script it runs on.
   */
  script: string;
  /**
   * The version of the script that it runs on.
   */
  version?: string;
  /**
   * Where it runs; everywhere when left out.
   *
   * @minItems 1
   * @maxItems 100
   */
  regions?: Name[];
  stickyBy?: StickyBy;
  /**
   * When it starts, RFC 3339 in UTC; at once when left out.
   */
  startsAt?: string;
  /**
   * When it ends by itself, RFC 3339 in UTC; 28 days after it began when left out.
   */
  endsAt?: string;
  /**
   * The variants. Requests that no cell takes stay on the stable revision.
   *
   * @minItems 2
   * @maxItems 20
   */
  cells: ExperimentCell[];
  goal?: MetricPolicy;
  /**
   * Metrics that stop the experiment when they get worse in a cell; errors and latency when left out.
   *
   * @maxItems 50
   */
  guardrails?: MetricPolicy[];
  running?: ExperimentRunning;
  ended?: ExperimentEnded;
}
/**
 * One variant and its share.
 */
export interface ExperimentCell {
  name: Name;
  /**
   * Share of the requests, percent. All cells together are at most 100.
   */
  sharePct: number;
  /**
   * Whether the others are compared with this cell. Exactly one is.
   */
  control?: boolean;
  /**
   * Commit of the script that this cell runs; the stable revision when left out.
   */
  commit?: string;
  values?: Values;
}
/**
 * Settings that the script reads as env.values.
 */
export interface Values {
  /**
   * Text, a number or true and false.
   */
  [k: string]: string | number | boolean;
}
/**
 * One metric that is compared between the revisions.
 */
export interface MetricPolicy {
  /**
   * A built-in metric (errors, latencyP50, latencyP95, latencyP99, cpu, memory, coldStarts, egressErrors) or, with a query, a name of your own.
   */
  name: string;
  /**
   * PromQL of a metric of your own; $role stands for the revision's role.
   */
  query?: string;
  /**
   * Which way is worse.
   */
  direction?: "increase" | "decrease" | "either";
  /**
   * Change that is accepted, percent of the baseline.
   */
  tolerancePct?: number;
  /**
   * Whether a failure of this metric alone fails the verdict.
   */
  critical?: boolean;
  /**
   * Share in the score against the other metrics.
   */
  weight?: number;
}
/**
 * Written by Showrunner while it runs.
 */
export interface ExperimentRunning {
  since: Time;
  expiresAt: Time;
  /**
   * Length of the windows in which nodes count for it, seconds.
   */
  windowSeconds: number;
  /**
   * Length of the periods in which it is judged, seconds.
   */
  periodSeconds: number;
  base: RevisionRef;
  /**
   * What each cell runs.
   *
   * @minItems 2
   * @maxItems 20
   */
  cells: RunningCell[];
}
/**
 * A revision: its digest and the commit that it was built from.
 */
export interface RevisionRef {
  digest: Digest;
  commit: Commit1;
}
export interface RunningCell {
  name: Name;
  /**
   * Share of the requests, percent.
   */
  sharePct: number;
  digest: Digest;
  commit: Commit1;
}
/**
 * Written by Showrunner when it has ended; whoever takes it out lets the experiment begin anew.
 */
export interface ExperimentEnded {
  at: Time;
  by: Actor;
  /**
   * date: its time was over; harmful: a guardrail got worse; invalid: the cells cannot be compared; superseded: what it compares with changed; stopped and promoted: a person's decision.
   */
  outcome: "date" | "harmful" | "invalid" | "superseded" | "stopped" | "promoted";
  reason: Reason;
  /**
   * The cell that was promoted.
   */
  cell?: string;
}
/**
 * The regions and the limits that every script lives under: fleet.yaml at the root of the fleet repository.
 */
export interface Fleet {
  kind: "Fleet";
  /**
   * Raised by operators when the fleet repository is replaced.
   */
  epoch?: number;
  /**
   * By name, in the order in which scripts without waves of their own roll out.
   */
  regions: {
    [k: string]: FleetRegion;
  };
  /**
   * Whether a script may roll out to all regions at once (strategy: global).
   */
  allowGlobal?: boolean;
  caps?: FleetCaps;
  egress?: FleetEgress;
  /**
   * Users and teams who may operate the whole fleet, such as @acme/platform.
   *
   * @maxItems 200
   */
  operators?: string[];
  upgrades?: FleetUpgrades;
  /**
   * Versions of libraries that are to be got away from, by library: they count in the report of what needs attention, in the reasons of upgrades, and no release within them is offered.
   */
  libraries?: {
    /**
     * @minItems 1
     * @maxItems 50
     */
    [k: string]: FleetLibraryNote[];
  };
  /**
   * Who outside is told what happens, by a webhook each.
   *
   * @maxItems 50
   */
  notify?: FleetNotify[];
}
/**
 * One failure domain of nodes.
 */
export interface FleetRegion {
  /**
   * IANA name of the region's time zone, such as Europe/Dublin.
   */
  timezone: string;
  /**
   * When the region may change, in its local time; always when left out.
   *
   * @maxItems 14
   */
  windows?: Window[];
  /**
   * Days on which the region does not change, first and last included, in its local time.
   *
   * @maxItems 100
   *
   * Items: A day or a range of days, such as 2026-12-24 or 2026-12-24..2026-12-26.
   */
  blackouts?: string[];
  /**
   * Share of the region's nodes that must attest a digest before a wave counts, percent.
   */
  quorumPct?: number;
  /**
   * What a wave does about nodes that cannot be reached: wait for them, skip them (within the quorum) or fail.
   */
  unreachable?: "wait" | "skip" | "fail";
}
/**
 * How much may change at once.
 */
export interface FleetCaps {
  /**
   * Share of a region's scripts that one change may remove without a person's confirmation, percent.
   */
  removePct?: number;
  /**
   * Largest share of a script's requests that a canary may take, percent.
   */
  canaryExposurePct?: number;
}
/**
 * Where scripts may connect to.
 */
export interface FleetEgress {
  /**
   * What any script may be granted. Metadata, loopback and link-local addresses are always refused.
   *
   * @maxItems 1000
   */
  allow: Endpoint[];
}
/**
 * How the registry is looked at for new releases and deprecations of what deployed scripts use directly. Without it, that is done only for scripts whose own upgrades.newReleases asks for it.
 */
export interface FleetUpgrades {
  every?: Duration1;
  newReleases?: NewReleases;
  /**
   * Campaigns for new releases that are under way at once.
   */
  campaignsMax?: number;
}
/**
 * What is wrong with some versions of a library.
 */
export interface FleetLibraryNote {
  range: VersionRange1;
  /**
   * slow, broken, or at its end of life.
   */
  why: "slow" | "broken" | "endOfLife";
  /**
   * Last day on which its authors care for it, such as 2026-12-31; of endOfLife only.
   */
  on?: string;
  /**
   * More of it, one line for people.
   */
  note?: string;
}
/**
 * One receiver of webhooks.
 */
export interface FleetNotify {
  name: Name;
  /**
   * CloudEvents 1.0 as structured JSON, or what Slack's incoming webhooks take.
   */
  format?: "cloudevents" | "slack";
  /**
   * Where to post to, with https. Never an address that is itself a secret: see urlSecret.
   */
  url?: string;
  /**
   * Name of the control plane's secret that holds the address, such as a Slack webhook's.
   */
  urlSecret?: string;
  /**
   * Name of the control plane's secret (whsec_...) by which requests are signed as Standard Webhooks say.
   */
  signingSecret?: string;
  /**
   * What they are told of; everything by default.
   *
   * @minItems 1
   * @maxItems 50
   */
  events?: (
    | "rollout.started"
    | "rollout.waiting"
    | "rollout.baking"
    | "rollout.held"
    | "rollout.frozen"
    | "rollout.paused"
    | "rollout.rollingBack"
    | "rollout.rolledBack"
    | "rollout.aborted"
    | "rollout.superseded"
    | "rollout.refused"
    | "rollout.completed"
    | "operation.done"
  )[];
}
/**
 * Nothing in its scope changes, except by rollbacks, withdrawals and kills: freezes/<scope>.yaml in the fleet repository, with the scope's colon written as a dash.
 */
export interface Freeze {
  kind: "Freeze";
  /**
   * What is frozen: fleet, region:NAME, group:NAME or script:NAME.
   */
  scope: string;
  reason: Reason;
  by: Actor;
  at: Time;
  /**
   * When it ends by itself, RFC 3339 in UTC; only on command when left out.
   */
  until?: string;
  /**
   * Scripts that may change in spite of it: hotfixes.
   *
   * @maxItems 200
   */
  allow?: FreezeException[];
}
/**
 * One script that may change.
 */
export interface FreezeException {
  script: Name;
  /**
   * The only commit of the script that may roll out, 40 hexadecimal digits; any when left out.
   */
  commit?: string;
  reason: Reason;
  by: Actor;
  at: Time;
}
/**
 * Scripts that are operated as one: groups/<name>.yaml in the fleet repository.
 */
export interface Group {
  kind: "Group";
  name: Name;
  owner: Owner;
  /**
   * What the group is for, one line.
   */
  description?: string;
  /**
   * Names of the members.
   *
   * @minItems 1
   * @maxItems 1000
   */
  scripts: Name[];
  /**
   * Whether a node switches all members in one step or none.
   */
  atomic?: boolean;
  /**
   * How long merges that belong together are waited for, a duration such as 1h.
   */
  collectFor?: string;
}
/**
 * Keeps one version of a script from moving on: holds/<script>@<version>.yaml in the fleet repository. Written on a person's command or by a rule.
 */
export interface Hold {
  kind: "Hold";
  script: Name;
  version: VersionName;
  /**
   * pause: nothing gets a new exposure, and what is exposed stays. abort: `revision` is withdrawn where it is not stable, and not tried again. rollback: like abort, and regions where `revision` is stable go back to `to`; without `to` they keep it, for lack of another.
   */
  mode: "pause" | "abort" | "rollback";
  revision?: RevisionRef;
  to?: RevisionRef;
  reason: Reason;
  by: Actor;
  at: Time;
  /**
   * What was measured, for people.
   */
  evidence?: string;
}
/**
 * Stops what is in its scope from answering requests: kills/<scope>.yaml in the fleet repository, with the scope's colon written as a dash.
 */
export interface Kill {
  kind: "Kill";
  /**
   * What is stopped: fleet, region:NAME, group:NAME, script:NAME or script:NAME@VERSION.
   */
  scope: string;
  reason: Reason;
  by: Actor;
  at: Time;
  /**
   * When it ends by itself, RFC 3339 in UTC; only on command when left out.
   */
  until?: string;
  /**
   * Where it is in force. A script's kill names all regions at once; a wider one grows region by region.
   *
   * @maxItems 100
   */
  regions: Name[];
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
  workers?: WorkersReport;
  /**
   * Every instance the node knows of, serving or not.
   *
   * @maxItems 100000
   */
  instances: InstanceReport[];
  /**
   * What the busiest series did, minute by minute.
   *
   * @maxItems 500
   */
  metrics?: SeriesReport[];
  /**
   * What the node refused or could not do, newest last.
   *
   * @maxItems 50
   */
  problems: NodeProblem[];
}
export interface DocumentInForce {
  /**
   * Epoch of that document.
   */
  epoch: number;
  /**
   * Generation of that document.
   */
  generation: number;
  /**
   * ETag it was fetched with.
   */
  etag: string;
  /**
   * Where it came from: the control plane, or the last known good on disk.
   */
  source: "control-plane" | "disk";
}
/**
 * The processes that run the scripts.
 */
export interface WorkersReport {
  /**
   * Workers that take requests now.
   */
  running: number;
  /**
   * Workers that were lost since the node started.
   */
  restarts: number;
  /**
   * Resident memory of all workers, MiB.
   */
  memoryMb: number;
}
export interface InstanceReport {
  script: Name;
  version: VersionName;
  /**
   * stable, canary, baseline or a variant's name.
   */
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
   * How often it broke a limit or did other harm since the node started.
   */
  strikes?: number;
  quarantinedUntil?: Time2;
  /**
   * own for a script that cost others their worker, and has a process of its own since.
   */
  lane?: "shared" | "own";
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
  /**
   * Stable code, for programs.
   */
  code: string;
  /**
   * What happened, for people.
   */
  message: string;
}
export interface SeriesReport {
  script: Name;
  version: VersionName;
  /**
   * stable, canary, baseline or a variant's name.
   */
  role: string;
  digest: Digest;
  /**
   * The canary run or experiment that it was counted for; absent for stable.
   */
  runId?: string;
  /**
   * The window under way and those before it: three minutes, or for a run with shorter windows at least the last 40 seconds. A window comes in several reports; the last one counts.
   *
   * @maxItems 60
   */
  windows: MetricWindow[];
}
export interface MetricWindow {
  startedAt: Time;
  /**
   * How long the window is, seconds; 60 when left out.
   */
  seconds?: number;
  /**
   * Requests answered.
   */
  requests: number;
  /**
   * Of these, answered 5xx or not at all.
   */
  errors: number;
  /**
   * The errors by the platform's code, or script_5xx.
   */
  errorsByKind: {
    /**
     * How many.
     */
    [k: string]: number;
  };
  /**
   * Isolates made while a request waited.
   */
  coldStarts: number;
  /**
   * Warm-ups that went well.
   */
  warmups: number;
  /**
   * Entries into isolates.
   */
  batches: number;
  /**
   * Calls to other scripts of the region, by the name of who was called; absent when there were none.
   */
  calls?: {
    [k: string]: CallCount;
  };
  latencyMs?: Sketch;
  cpuMs?: Sketch;
  /**
   * Mean of the heap in use over the looks that fell into the window, bytes; absent when none saw one.
   */
  heapBytes?: number;
}
export interface CallCount {
  /**
   * Calls made.
   */
  requests: number;
  /**
   * Of these, answered 5xx or not at all.
   */
  errors: number;
}
/**
 * A distribution that can be added to others bin by bin (DDSketch): bin i of `counts` holds values in (g^(offset+i-1), g^(offset+i)] with g = (1 + accuracy) / (1 - accuracy), so that quantiles are right to `accuracy` of their value.
 */
export interface Sketch {
  /**
   * Relative accuracy; sketches of different ones cannot be added.
   */
  accuracy: number;
  /**
   * Key of the first bin.
   */
  offset: number;
  /**
   * How many values each bin holds.
   *
   * @maxItems 1024
   */
  counts: number[];
  /**
   * How many values are zero.
   */
  zeros: number;
  /**
   * Sum of all values.
   */
  sum: number;
  /**
   * The least value; none in an empty sketch.
   */
  min?: number;
  /**
   * The greatest value; none in an empty sketch.
   */
  max?: number;
}
export interface NodeProblem {
  /**
   * Stable code, for programs.
   */
  code: string;
  /**
   * What happened, for people.
   */
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
   * Every version of every script that the region serves.
   *
   * @maxItems 100000
   */
  scripts: RegionScript[];
  /**
   * Scripts that a node switches in one step: it takes all of a group's instances into service together, or none.
   *
   * @maxItems 10000
   */
  groups?: RegionGroup[];
}
export interface RegionScript {
  name: Name;
  version: VersionName;
  /**
   * Whether requests that name no version get this one.
   */
  isDefault: boolean;
  /**
   * Ordered. For each role a node runs the first instance whose nodesPct is above its slot; among those it runs, weight shares out the requests.
   *
   * @minItems 1
   * @maxItems 50
   */
  instances: RegionInstance[];
  killed?: KilledScript;
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
  /**
   * Share of the version's requests on a node that runs it, of 10,000. None when left out: reached by the signed override alone. Stable has what the others leave.
   */
  weight?: number;
  /**
   * The canary run or experiment it belongs to. Requests are shared out by hash(runId, sticky key) mod 10,000.
   */
  runId?: string;
  stickyBy?: StickyBy;
  /**
   * When the node takes it out of service by itself, RFC 3339 in UTC.
   */
  expiresAt?: string;
  /**
   * Length of the windows in which its metrics are counted, seconds; 60 when left out.
   */
  windowSeconds?: number;
}
/**
 * The script is stopped: the gateway answers 503 with the code "killed".
 */
export interface KilledScript {
  /**
   * Why, for people.
   */
  reason: string;
}
/**
 * One atomic group.
 */
export interface RegionGroup {
  name: Name;
  /**
   * Its members, <script>@<version>.
   *
   * @minItems 1
   * @maxItems 1000
   *
   * Items: A member, <script>@<version>.
   */
  scripts: string[];
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
  commit: Commit1;
}
/**
 * The revision being rolled out here. Absent when idle.
 */
export interface NextRevision {
  digest: Digest;
  commit: Commit1;
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
  values?: Values;
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
/**
 * What one isolate of the script may use.
 */
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
/**
 * One independently deployed handler module: showrunner.yaml in a script repository. Whatever is left out has the default named here.
 */
export interface Script {
  kind: "Script";
  name: Name;
  /**
   * The client-facing line that this file describes; a new value opens a second live version beside the first.
   */
  version?: string;
  owner: Owner;
  labels?: Labels;
  /**
   * Path of the handler module relative to this file's folder, such as src/index.ts; its name ends in .ts, .mts, .tsx, .js, .mjs, .cjs or .jsx.
   */
  entry: string;
  /**
   * Path prefix that the gateway sends to this script, such as /artwork, of letters, digits, dots, dashes, underscores, tildes and slashes; /<name> when left out.
   */
  route?: string;
  /**
   * Requests made before a revision takes its first real one, in order.
   *
   * @maxItems 20
   */
  warmup?: ScriptWarmup[];
  limits?: ScriptLimits;
  /**
   * What the script may call. It can only narrow what fleet.yaml grants.
   *
   * @maxItems 100
   */
  egress?: Endpoint[];
  /**
   * Names of the secrets that the node hands to this script alone.
   *
   * @maxItems 100
   *
   * Items: A name of upper-case letters, digits and underscores, such as CATALOG_TOKEN.
   */
  secrets?: string[];
  values?: Values;
  /**
   * Scripts that this one calls or needs.
   *
   * @maxItems 100
   */
  dependsOn?: Name[];
  rollout?: ScriptRollout;
  canary?: ScriptCanary;
  sunset?: ScriptSunset;
  /**
   * Whether the regions stop serving it once this manifest is gone from the default branch. With false it is served on until somebody retires it.
   */
  prune?: boolean;
  upgrades?: ScriptUpgrades;
}
/**
 * One warm-up request.
 */
export interface ScriptWarmup {
  /**
   * Path and query to request, the route included, such as /artwork?id=1.
   */
  path: string;
  /**
   * How often.
   */
  times?: number;
  /**
   * Longest time for one warm-up request, a duration such as 2s; at most 60s.
   */
  timeout?: string;
}
/**
 * What one isolate of the script may use.
 */
export interface ScriptLimits {
  /**
   * Heap of the isolate, MiB.
   */
  memoryMb?: number;
  /**
   * Thread CPU a request, milliseconds.
   */
  cpuMs?: number;
  /**
   * Wall time a request, milliseconds.
   */
  wallMs?: number;
  /**
   * Requests in flight on one node.
   */
  concurrency?: number;
  /**
   * Size of one response body, MiB.
   */
  responseMb?: number;
}
/**
 * How a new revision moves through the fleet.
 */
export interface ScriptRollout {
  /**
   * staged goes wave by wave; global is one wave of all regions and must be allowed by fleet.yaml.
   */
  strategy?: "staged" | "global";
  /**
   * Regions that advance together, in order. Left out, one wave a region in the order of fleet.yaml.
   *
   * @minItems 1
   * @maxItems 100
   */
  waves?: Name[][];
  bake?: ScriptBake;
  /**
   * Hours in which this script may start a wave, in each region's own local time, on top of the region's windows.
   *
   * @maxItems 14
   */
  windows?: Window[];
  /**
   * Longest time from the start of the first wave to the end of the last, a duration such as 4h. A plan that cannot keep it is refused.
   */
  completeWithin?: string;
}
/**
 * Observation before a wave counts.
 */
export interface ScriptBake {
  /**
   * Shortest observation of a wave, a duration such as 10m.
   */
  min?: string;
  /**
   * Longest observation of a wave, a duration such as 20m; the promised time counts with it.
   */
  max?: string;
  /**
   * Requests that must have been answered before a bake counts.
   */
  minRequests?: number;
  /**
   * What happens when max has passed with fewer requests: hold waits for a person, extend bakes on, proceed goes on and records the wave as unproven.
   */
  onTooLittleData?: "hold" | "extend" | "proceed";
}
/**
 * How a candidate is tried on a small share of the traffic.
 */
export interface ScriptCanary {
  /**
   * Share of the requests that the candidate answers, percent; an equal, fresh baseline gets as much.
   */
  sharePct: number;
  stickyBy?: StickyBy;
  /**
   * Where canaries run; the regions of the first wave when left out.
   *
   * @minItems 1
   * @maxItems 100
   */
  regions?: Name[];
  /**
   * Longest time a canary runs, a duration such as 30m.
   */
  maxDuration?: string;
  /**
   * Requests that each side must have answered before a run can pass.
   */
  minRequests?: number;
  /**
   * Whether a rollout begins with a canary in the regions of its first wave: untried means unless the same revision has passed one against what runs there.
   */
  atRollout?: "untried" | "always" | "never";
  /**
   * What is compared; the built-in metrics when left out.
   *
   * @maxItems 50
   */
  metrics?: MetricPolicy[];
  thresholds?: ScriptThresholds;
}
/**
 * Scores from 0 to 100 that decide.
 */
export interface ScriptThresholds {
  /**
   * At least this score passes.
   */
  pass?: number;
  /**
   * At least this score is for a person to decide; below it fails.
   */
  marginal?: number;
}
/**
 * When this version is retired for lack of use.
 */
export interface ScriptSunset {
  /**
   * Requests over all regions under which the version counts as unused, a number a day or an hour, such as 10/day.
   */
  below: string;
  /**
   * Days in a row that it must stay there.
   */
  forDays: number;
}
/**
 * How campaigns may update this script's libraries.
 */
export interface ScriptUpgrades {
  /**
   * When upgrade pull requests may be opened, UTC.
   *
   * @maxItems 14
   */
  schedule?: Window[];
  newReleases?: NewReleases1;
  /**
   * Age that a release must have before it is proposed, a duration such as 3d.
   */
  cooldown?: string;
  /**
   * Versions that a library must stay within.
   */
  ranges?: {
    [k: string]: VersionRange1;
  };
  /**
   * Libraries that are left alone.
   *
   * @maxItems 200
   */
  ignore?: PackageName[];
  autoMerge?: ScriptAutoMerge;
}
/**
 * Which upgrades merge without a person.
 */
export interface ScriptAutoMerge {
  /**
   * Canary score from 0 to 100 that is needed.
   */
  minScore: number;
  /**
   * The largest kind of change that may merge by itself.
   */
  upTo?: "patch" | "minor" | "major";
}

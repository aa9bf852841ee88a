import type { GaugeHistory } from "./canary/gauge-history.ts";
import type { Measurement } from "./canary/measurement.ts";
import type { Run } from "./canary/run.ts";
import type { Problem } from "./manifest/problem.ts";
import type { Digest, RevisionSettings } from "#schemas/types.ts";

/** Where to look in time, epoch milliseconds; both ends count. */
export interface MetricRange {
  readonly startMs: number;
  readonly endMs: number;
  readonly stepMs: number;
}

/** Metrics that nodes do not measure. */
export interface MetricSource {
  /** The values of one series by time; null when the source does not answer, or not with exactly one series. */
  range(query: string, range: MetricRange): Promise<ReadonlyMap<number, number> | null>;
}

/** Where what nodes counted for a canary run is read from: their own reports, or a server that scrapes them. */
export interface MeasurementSource {
  /** All of a run so far; none when the source is dead. */
  measurements(run: Run, nowMs: number): Promise<readonly Measurement[]>;
  /** Up to a day of noise from before the run, by metric; empty where nobody kept it. */
  history(run: Run): Promise<GaugeHistory>;
}

/** The only source of time outside the pure core. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
}

/** Waits, milliseconds. */
export type Sleep = (delayMs: number) => Promise<void>;

/** A repository the app is installed on. `id` survives renames; `fullName` is owner/name. */
export interface Repository {
  readonly id: number;
  readonly fullName: string;
  readonly defaultBranch: string;
}

export interface InstalledRepository extends Repository {
  /** When anything was last pushed, as GitHub says it; compared for equality only. */
  readonly pushedAt: string;
  readonly archived: boolean;
}

export interface PullRequest {
  readonly number: number;
  readonly url: string;
  readonly title: string;
  readonly body: string;
  readonly author: string;
  readonly state: "open" | "closed" | "merged";
  /** The commit that the merge made; while open, the test merge, or null when it conflicts. */
  readonly mergeCommit: string | null;
  readonly base: { readonly branch: string; readonly sha: string };
  readonly head: { readonly branch: string; readonly sha: string; readonly repositoryId: number | null };
}

export interface Annotation {
  readonly path: string;
  readonly startLine: number;
  readonly endLine: number;
  readonly startColumn?: number;
  readonly endColumn?: number;
  readonly level: "notice" | "warning" | "failure";
  readonly title: string;
  readonly message: string;
}

/** `externalId` is the identity: the same id on the same commit is updated, never doubled. */
export interface CheckRun {
  readonly externalId: string;
  readonly name: string;
  readonly headSha: string;
  readonly outcome:
    | { readonly status: "queued" | "in_progress" }
    | {
        readonly status: "completed";
        readonly conclusion: "success" | "failure" | "neutral" | "action_required" | "cancelled";
      };
  readonly title: string;
  readonly summary: string;
  readonly text?: string;
  readonly annotations: readonly Annotation[];
  readonly actions: readonly {
    readonly label: string;
    readonly description: string;
    readonly identifier: string;
  }[];
}

/** How a check run ends of which nothing more comes, because its commit is not looked at any more. */
export type CheckEnd = Pick<CheckRun, "externalId" | "headSha" | "title" | "summary"> & {
  /** Tells one end from a later one of the same check, which may have gone on in between. */
  readonly occasion: string;
};

/** `payload.rolloutId` with the environment is the identity. */
export interface Deployment {
  readonly rolloutId: string;
  readonly sha: string;
  /** The region. */
  readonly environment: string;
  readonly description: string;
  readonly state: "queued" | "in_progress" | "success" | "failure" | "inactive";
  readonly stateDescription: string;
}

/** A comment on an issue or a pull request. */
export interface IssueComment {
  readonly id: number;
  /** The number of the issue or pull request. */
  readonly issue: number;
  readonly url: string;
  readonly body: string;
  readonly author: string;
  /** Written by a person, and not through an app. */
  readonly isPerson: boolean;
  readonly isEdited: boolean;
  /** Epoch milliseconds, in whole seconds. */
  readonly createdAtMs: number;
}

/** An issue of our own. Its labels are set when it is made. */
export interface OwnIssue {
  /** Hidden in the body; the identity, among issues that our own app wrote. */
  readonly marker: string;
  readonly title: string;
  readonly body: string;
  readonly state: "open" | "closed";
  readonly labels: readonly string[];
}

/** What keeps GitHub, or those who use it, from merging an open pull request. */
export type MergeObstacle =
  | { readonly kind: "conflict" }
  | { readonly kind: "draft" }
  /** The branch's rules want it on top of its base branch. */
  | { readonly kind: "behind" }
  /** Checks of others than us, by name. */
  | { readonly kind: "failingChecks"; readonly names: readonly string[] }
  | { readonly kind: "changesRequested"; readonly by: readonly string[] }
  /** The branch's rules ask for something else, such as an approving review. */
  | { readonly kind: "rules" };

/** The reactions that we give. */
export type Reaction = "eyes" | "+1" | "-1" | "confused";

export type Permission = "none" | "read" | "write" | "admin";

export interface FileChange {
  readonly path: string;
  /** null deletes the file. */
  readonly content: string | null;
}

/** A file as it is to be: by the id of a blob that the repository has (null deletes), or by its text. */
export type ProposedFile = {
  readonly path: string;
  readonly mode: "100644" | "100755" | "120000";
} & ({ readonly blob: string | null } | { readonly content: string });

/** `branch` is the identity: there is never a second pull request from it. */
export interface ProposedChange {
  readonly branch: string;
  /** The branch to merge into, and its head. */
  readonly base: string;
  readonly baseCommit: string;
  readonly files: readonly ProposedFile[];
  readonly title: string;
  readonly body: string;
  readonly commitBody: string;
}

export type CommitOutcome =
  | { readonly kind: "committed"; readonly commit: string }
  /** The branch moved away from `expectedHead`; plan again on the new head. */
  | { readonly kind: "moved"; readonly head: string };

/**
 * What Showrunner needs of GitHub. Upserts are idempotent by the identity named on each type: they look for an
 * existing object of our own app first, write only when the content differs, and return the object's id.
 * Failures throw `CodeHostError`.
 */
export interface CodeHost {
  repositories(): Promise<InstalledRepository[]>;
  branchHead(repository: Repository, branch: string): Promise<string | null>;
  openPullRequests(repository: Repository): Promise<PullRequest[]>;
  pullRequest(repository: Repository, number: number): Promise<PullRequest | null>;
  /** Merged pull requests that brought this commit to a branch. */
  pullRequestsOfCommit(repository: Repository, commit: string): Promise<PullRequest[]>;
  /** Paths changed by a pull request, old names of renames included; bounded at 3,000 as GitHub does. */
  changedFiles(repository: Repository, number: number): Promise<string[]>;
  upsertCheckRun(repository: Repository, check: CheckRun): Promise<number>;
  /** Marks a check run that is still under way as cancelled; one that has its conclusion keeps it. */
  endCheckRun(repository: Repository, end: CheckEnd): Promise<void>;
  /** `marker` is an identifier hidden in the body; only comments written by our own app count. */
  upsertComment(repository: Repository, issue: number, marker: string, body: string): Promise<number>;
  /** The same, unless there is such a comment already: then that stays as it is, and its id is returned. */
  commentOnce(repository: Repository, issue: number, marker: string, body: string): Promise<number>;
  /** What stands in the way of merging a pull request; null when it is not open any more. */
  mergeObstacles(repository: Repository, number: number): Promise<readonly MergeObstacle[] | null>;
  /** The issue's number. */
  upsertIssue(repository: Repository, issue: OwnIssue): Promise<number>;
  /** As long as `headSha` is the head; "refused" when the branch's rules or a conflict stand against it. */
  mergePullRequest(
    repository: Repository,
    number: number,
    headSha: string,
  ): Promise<"merged" | "moved" | "refused">;
  upsertDeployment(repository: Repository, deployment: Deployment): Promise<number>;
  /** null when it was deleted. */
  issueComment(repository: Repository, commentId: number): Promise<IssueComment | null>;
  /** Comments on all issues and pull requests that were written or edited since then. */
  recentComments(repository: Repository, sinceMs: number): Promise<IssueComment[]>;
  ownReactions(repository: Repository, commentId: number): Promise<Reaction[]>;
  /** Makes this the only reaction of our app; does nothing where the comment is gone. */
  react(repository: Repository, commentId: number, reaction: Reaction): Promise<void>;
  /** What a person may do in a repository now; "none" for a name that nobody has. */
  permissionOf(repository: Repository, login: string): Promise<Permission>;
  /** Opens a pull request from a new branch; the number of the one that was opened from it before, in whatever state it is. */
  proposeChange(repository: Repository, change: ProposedChange): Promise<number>;
  /** One commit on top of `expectedHead` through the Git Data API; never forced. */
  commitFiles(
    repository: Repository,
    branch: string,
    expectedHead: string,
    changes: readonly FileChange[],
    message: string,
  ): Promise<CommitOutcome>;
  /**
   * Where git fetches this repository over HTTP, and the value of the Authorization header it needs. Fails when the name
   * belongs to another repository by now.
   */
  gitAccess(repository: Repository): Promise<{ url: string; authorization: string }>;
}

/** `retryAtMs` is set when the host said when to come back (epoch milliseconds). */
export class CodeHostError extends Error {
  readonly kind: "transient" | "terminal";
  readonly retryAtMs: number | null;
  constructor(kind: "transient" | "terminal", message: string, retryAtMs: number | null = null) {
    super(message);
    this.name = "CodeHostError";
    this.kind = kind;
    this.retryAtMs = retryAtMs;
  }
}

export interface TreeEntry {
  readonly path: string;
  readonly mode: "100644" | "100755" | "120000" | "160000";
  /** Blob id. */
  readonly id: string;
  readonly bytes: number;
}

export interface CommitAuthor {
  readonly commit: string;
  readonly name: string;
  readonly email: string;
}

/** A read-only bare mirror of one repository, kept up to date by `sync`. Paths and refs are checked before git sees them. */
export interface GitMirror {
  /** Fetches all branches and pull-request heads and merges; cheap when nothing moved. */
  sync(): Promise<void>;
  /** The commit a ref names, such as "refs/heads/main" or "refs/pull/3/merge"; null when there is none. */
  resolve(ref: string): Promise<string | null>;
  /** Whether the mirror holds a commit; false before the first sync. */
  has(commit: string): Promise<boolean>;
  isAncestor(ancestor: string, descendant: string): Promise<boolean>;
  /** All files of a commit under a folder ("." is all). */
  list(commit: string, folder: string): Promise<TreeEntry[]>;
  /** Texts of many files at once; a path that is absent, binary or over the size limit is not in the map. */
  read(commit: string, paths: readonly string[], bytesMax: number): Promise<Map<string, string>>;
  /** The id of the commit's whole tree. */
  treeId(commit: string): Promise<string>;
  /** Commits at or before this one that changed a path, newest first. */
  history(commit: string, path: string, max: number): Promise<string[]>;
  /** Values of a trailer in the messages of the commits after `from` (the last 100 where null) up to `to`, oldest first. */
  trailers(from: string | null, to: string, key: string): Promise<string[]>;
  /** Who wrote the commits after `from` (where null, and at most, the last 1,000) up to `to`, newest first, as their author lines say. */
  authors(from: string | null, to: string): Promise<CommitAuthor[]>;
  /** Whole messages of commits at or before this one, newest first. */
  messages(commit: string, max: number): Promise<string[]>;
  firstParentCount(commit: string): Promise<number>;
  committedAtMs(commit: string): Promise<number>;
  /** Writes the commit's files into an empty folder; refuses symbolic links that leave it, and submodules. */
  checkout(commit: string, folder: string): Promise<void>;
}

/** Bundles by digest. Immutable: putting the same bytes twice is one object. */
export interface BundleStore {
  put(bytes: Uint8Array): Promise<Digest>;
  /** null when it is not there; throws when the stored bytes do not match the digest. */
  get(digest: Digest): Promise<Uint8Array | null>;
  has(digest: Digest): Promise<boolean>;
}

export interface BuildRequest {
  /** A checkout of the whole repository; only read. */
  readonly checkout: string;
  /** The script's folder inside it, "." for the root. */
  readonly path: string;
  /** The handler module, relative to `path`. */
  readonly entry: string;
  readonly settings: RevisionSettings;
}

export interface Library {
  readonly name: string;
  readonly version: string;
  /** Named in the script's own package.json. */
  readonly direct: boolean;
}

export type BuildOutcome =
  | {
      readonly kind: "built";
      readonly bytes: Uint8Array;
      readonly digest: Digest;
      readonly sourceMap: string;
      /** What the bundle really contains. */
      readonly libraries: readonly Library[];
    }
  /** The repository's fault: the same input fails again. */
  | { readonly kind: "rejected"; readonly problems: readonly Problem[] }
  /** Not the repository's fault (registry unreachable, out of time on a busy machine): try again. */
  | { readonly kind: "unavailable"; readonly message: string };

export interface Builder {
  build(request: BuildRequest): Promise<BuildOutcome>;
}

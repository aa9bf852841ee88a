/** What is kept, a type a kind. Times are RFC 3339 UTC without fractions, as GitHub writes them. */

export type Role = "none" | "read" | "write" | "admin";

export type Account = {
  id: number;
  login: string;
  name: string | null;
  email: string | null;
  kind: "User" | "Organization" | "Bot";
  admin: boolean;
  createdAt: string;
};

/** One for each owner of repositories. `announced` once the receiver was sent `installation.created`. */
export type Installation = { id: number; accountId: number; announced: boolean; createdAt: string };

export type InstallationToken = {
  id: number;
  digest: string;
  installationId: number;
  expiresAtMs: number;
  permissions: Record<string, string>;
  /** null: every repository of the owner. */
  repositoryIds: number[] | null;
};

export type Protection = { strict: boolean; contexts: string[]; enforceAdmins: boolean };

export type Repository = {
  id: number;
  ownerId: number;
  owner: string;
  name: string;
  description: string | null;
  private: boolean;
  archived: boolean;
  defaultBranch: string;
  /** The last issue or pull request number given out. */
  lastNumber: number;
  openIssues: number;
  collaborators: Record<string, Role>;
  protections: Record<string, Protection>;
  createdAt: string;
  updatedAt: string;
  pushedAt: string | null;
};

export type Merge = { sha: string; byId: number; at: string };

export type Mergeability =
  { kind: "unknown" } | { kind: "clean"; base: string; sha: string } | { kind: "conflict"; base: string };

export type PullPart = {
  headRef: string;
  headSha: string;
  baseRef: string;
  /** The base branch's commit when the pull request was opened or last updated. */
  baseSha: string;
  draft: boolean;
  merge: Merge | null;
  mergeability: Mergeability;
};

export type Issue = {
  id: number;
  repositoryId: number;
  number: number;
  authorId: number;
  title: string;
  body: string | null;
  state: "open" | "closed";
  labels: string[];
  closedAt: string | null;
  closedById: number | null;
  createdAt: string;
  updatedAt: string;
  pull: PullPart | null;
};

/** An issue that is a pull request. */
export type Pull = Issue & { pull: PullPart };

export type Label = {
  id: number;
  repositoryId: number;
  name: string;
  color: string;
  description: string | null;
};

export type Comment = {
  id: number;
  repositoryId: number;
  issueNumber: number;
  authorId: number;
  body: string;
  createdAt: string;
  updatedAt: string;
};

export type Reaction = {
  id: number;
  repositoryId: number;
  commentId: number;
  authorId: number;
  content: string;
  createdAt: string;
};

export type Review = {
  id: number;
  repositoryId: number;
  issueNumber: number;
  authorId: number;
  body: string;
  state: "APPROVED" | "CHANGES_REQUESTED" | "COMMENTED" | "PENDING";
  commitId: string;
  submittedAt: string;
};

export type Annotation = {
  path: string;
  start_line: number;
  end_line: number;
  start_column?: number;
  end_column?: number;
  annotation_level: "notice" | "warning" | "failure";
  message: string;
  title?: string;
  raw_details?: string;
};

export type CheckAction = { label: string; description: string; identifier: string };

export type CheckSuite = {
  id: number;
  repositoryId: number;
  headSha: string;
  headBranch: string | null;
  createdAt: string;
  updatedAt: string;
};

export type CheckRun = {
  id: number;
  repositoryId: number;
  suiteId: number;
  headSha: string;
  name: string;
  status: string;
  conclusion: string | null;
  externalId: string;
  detailsUrl: string | null;
  startedAt: string | null;
  completedAt: string | null;
  output: { title: string | null; summary: string | null; text: string | null };
  annotations: Annotation[];
  actions: CheckAction[];
};

export type CommitStatus = {
  id: number;
  repositoryId: number;
  sha: string;
  state: string;
  context: string;
  description: string | null;
  targetUrl: string | null;
  creatorId: number;
  createdAt: string;
};

export type Deployment = {
  id: number;
  repositoryId: number;
  sha: string;
  ref: string;
  task: string;
  environment: string;
  description: string | null;
  payload: unknown;
  transient: boolean;
  production: boolean;
  creatorId: number;
  byApp: boolean;
  createdAt: string;
  updatedAt: string;
};

export type DeploymentStatus = {
  id: number;
  repositoryId: number;
  deploymentId: number;
  state: string;
  environment: string;
  description: string;
  environmentUrl: string | null;
  logUrl: string | null;
  creatorId: number;
  byApp: boolean;
  createdAt: string;
};

/** A commit made through REST without a given author, which GitHub signs. */
export type SignedCommit = { id: number; repositoryId: number; sha: string };

export type Delivery = {
  id: number;
  guid: string;
  event: string;
  action: string | null;
  installationId: number | null;
  repositoryId: number | null;
  redelivery: boolean;
  createdAt: string;
  outcome: DeliveryOutcome;
};

/** What was sent under a GUID; apart from the deliveries, so that listing those does not read it. */
export type DeliveryPayload = { id: number; guid: string; payload: string };

export type DeliveryOutcome =
  | { kind: "pending" }
  | {
      kind: "answered";
      at: string;
      durationMs: number;
      statusCode: number;
      headers: Record<string, string>;
      body: string;
    }
  | { kind: "failed"; at: string; durationMs: number; reason: string };

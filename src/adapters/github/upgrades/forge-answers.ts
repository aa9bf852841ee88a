import type { UpgradePull } from "#domain/campaign/standing-pull.ts";
import type { ForgeBranch, ForgeFile, ForgeRepository } from "#domain/campaign/upgrade-forge.ts";
import type { CommitSeen } from "#domain/campaign/upgrade-identity.ts";

/*
 * Answers of the REST API, boiled down. Each function also takes back what it gave, because that is what the cache keeps; null
 * when it is neither. Forges that only resemble GitHub leave things out, so little is demanded.
 */

export interface PullsPage {
  readonly pulls: readonly UpgradePull[];
  readonly repository: ForgeRepository | null;
  /** How many the page held, other branches' included: not every forge filters by branch. */
  readonly count: number;
}

export function readPulls(data: unknown, repository: string, branch: string): PullsPage | null {
  if (isRecord(data) && Array.isArray(data["pulls"])) {
    const pulls = data["pulls"].filter(isPull);
    const { count } = data;
    return {
      pulls,
      repository: readRepository(data["repository"], repository),
      count: typeof count === "number" ? count : 0,
    };
  }
  if (!Array.isArray(data)) return null;
  const own = data.filter(
    (pull: unknown): pull is Fields => isRecord(pull) && isFrom(pull, repository, branch),
  );
  const base = own.map((pull) => (isRecord(pull["base"]) ? pull["base"]["repo"] : null)).find(isRecord);
  return {
    pulls: own.flatMap((pull) => readPull(pull)),
    repository: readRepository(base, repository),
    count: data.length,
  };
}

export function readRepository(data: unknown, name: string): ForgeRepository | null {
  if (!isRecord(data)) return null;
  const {
    defaultBranch,
    default_branch = defaultBranch,
    archived,
    isArchived = archived,
    gitUrl = null,
    clone_url = gitUrl,
  } = data;
  if (typeof default_branch !== "string" || default_branch === "") return null;
  return {
    name,
    defaultBranch: default_branch,
    isArchived: isArchived === true,
    gitUrl: typeof clone_url === "string" ? clone_url : null,
  };
}

export function readTip(data: unknown): { commit: string; tree: string } | null {
  if (!isRecord(data)) return null;
  const { commit, tree } = data;
  if (typeof commit === "string" && typeof tree === "string") return { commit, tree };
  if (!isRecord(commit) || typeof commit["sha"] !== "string") return null;
  const inner = isRecord(commit["commit"]) ? commit["commit"]["tree"] : null;
  const sha = isRecord(inner) ? inner["sha"] : null;
  return typeof sha === "string" ? { commit: commit["sha"], tree: sha } : null;
}

export function readFiles(data: unknown): { files: ForgeFile[]; isCut: boolean } | null {
  if (isRecord(data) && Array.isArray(data["files"])) {
    const entries: unknown[] = data["files"];
    return {
      files: entries.flatMap((entry) =>
        readFile(isRecord(entry) ? { ...entry, sha: entry["blob"], type: "blob" } : entry),
      ),
      isCut: data["isCut"] === true,
    };
  }
  if (!isRecord(data) || !Array.isArray(data["tree"])) return null;
  const entries: unknown[] = data["tree"];
  return { files: entries.flatMap((entry) => readFile(entry)), isCut: data["truncated"] === true };
}

/** A commit as "git/commits" or as "commits" gives it. */
export function readCommit(data: unknown): CommitSeen | null {
  if (!isRecord(data)) return null;
  const inner = isRecord(data["commit"]) ? data["commit"] : data;
  const tree = isRecord(inner["tree"]) ? inner["tree"]["sha"] : inner["tree"];
  const { message } = inner;
  const parents = data["parents"];
  if (typeof tree !== "string" || typeof message !== "string" || !Array.isArray(parents)) return null;
  const shas = parents.map((parent: unknown) => (isRecord(parent) ? parent["sha"] : parent));
  return shas.every((sha) => typeof sha === "string") ? { tree, message, parents: shas } : null;
}

/** The commit that a ref points at. */
export function readRefSha(data: unknown): string | null {
  const object = isRecord(data) ? data["object"] : null;
  return isRecord(object) && typeof object["sha"] === "string" ? object["sha"] : null;
}

/** Branches, as a list of refs gives them. */
export function readBranches(data: unknown): ForgeBranch[] | null {
  if (!Array.isArray(data)) return null;
  return data.flatMap((entry: unknown): ForgeBranch[] => {
    if (!isRecord(entry)) return [];
    const { ref, name = typeof ref === "string" ? ref.replace(/^refs\/heads\//, "") : null } = entry;
    const commit = typeof entry["commit"] === "string" ? entry["commit"] : readRefSha(entry);
    return typeof name === "string" && commit !== null ? [{ name, commit }] : [];
  });
}

type Fields = Readonly<Record<string, unknown>>;

/** From the repository's own branch: anybody may open one from a fork's branch of the same name. */
function isFrom(pull: Fields, repository: string, branch: string): boolean {
  const { head } = pull;
  if (!isRecord(head) || head["ref"] !== branch) return false;
  const owner = isRecord(head["repo"]) ? head["repo"]["full_name"] : null;
  if (typeof owner === "string") return owner.toLowerCase() === repository.toLowerCase();
  // A fork that is gone has no repository any more, and the label names its owner.
  const { label } = head;
  return (
    typeof label !== "string" ||
    label.toLowerCase() === `${repository.split("/")[0] ?? ""}:${branch}`.toLowerCase()
  );
}

function readPull(pull: Fields): UpgradePull[] {
  const { number, html_url: url, title, body, state, merged_at: mergedAt, merged, head, labels } = pull;
  const headSha = isRecord(head) ? head["sha"] : null;
  if (typeof number !== "number" || typeof headSha !== "string") return [];
  const names = Array.isArray(labels) ? labels : [];
  return [
    {
      number,
      url: typeof url === "string" ? url : "",
      state:
        state === "open" ? "open" : typeof mergedAt === "string" || merged === true ? "merged" : "closed",
      title: typeof title === "string" ? title : "",
      body: typeof body === "string" ? body : "",
      headSha,
      labels: names.flatMap((label: unknown) =>
        typeof label === "string"
          ? [label]
          : isRecord(label) && typeof label["name"] === "string"
            ? [label["name"]]
            : [],
      ),
    },
  ];
}

function isPull(value: unknown): value is UpgradePull {
  if (!isRecord(value)) return false;
  const { number, url, state, title, body, headSha, labels } = value;
  const texts = [url, title, body, headSha].every((text) => typeof text === "string");
  const isState = state === "open" || state === "closed" || state === "merged";
  return (
    texts &&
    isState &&
    typeof number === "number" &&
    Array.isArray(labels) &&
    labels.every((label) => typeof label === "string")
  );
}

function readFile(entry: unknown): ForgeFile[] {
  if (!isRecord(entry)) return [];
  const { path, sha, mode, type } = entry;
  if (typeof path !== "string" || typeof sha !== "string" || type !== "blob") return [];
  // A path that leaves the tree is none that git makes.
  if (path.split("/").some((part) => part === "" || part === "." || part === "..")) return [];
  return mode === "100644" || mode === "100755" ? [{ path, blob: sha, mode }] : [];
}

function isRecord(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

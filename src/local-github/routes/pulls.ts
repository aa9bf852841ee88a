import {
  bodyOf,
  inRepository,
  must,
  numberParam,
  type Reply,
  type RepositoryCall,
  type Routes,
  sceneOf,
} from "../call.ts";
import { emit } from "../events.ts";
import { diffFiles } from "../git/diff-files.ts";
import { isShortRefName } from "../git/names.ts";
import { HttpError, invalid, notFound } from "../http-error.ts";
import { changeIssue, openIssue } from "../issues.ts";
import { paged } from "../paging.ts";
import {
  describePull,
  dropTestMerge,
  emitPull,
  isPull,
  keepHeadRef,
  openPulls,
  pullCommits,
  testMerge,
} from "../pulls.ts";
import { whileLocked } from "../ref-changes.ts";
import type { Pull, PullPart, Review } from "../records.ts";
import { commitsJson, fileJson } from "../representations/commit.ts";
import { reviewJson } from "../representations/issue.ts";
import { pullSimpleJson } from "../representations/pull.ts";
import { timestamp } from "../time.ts";

const READ = "pull_requests:read";
const WRITE = "pull_requests:write";

/** Pull requests between branches of one repository, and reviews of them. */
export const pullRoutes: Routes = {
  "pulls/list": inRepository(READ, list),
  "pulls/create": inRepository(WRITE, create, "read"),
  "pulls/get": inRepository(READ, async (call) => {
    const issue = await testMerge(call.github, call.repository, pullParam(call));
    return { status: 200, body: await describePull(call.github, call.repository, issue) };
  }),
  "pulls/update": inRepository(WRITE, update),
  "pulls/list-files": inRepository(READ, async (call) => {
    const { github, repository, git } = call;
    const { pull } = pullParam(call);
    const from = (await git.mergeBase(pull.baseSha, pull.headSha)) ?? pull.baseSha;
    const { items, headers } = paged(call, await diffFiles(git.directory, from, pull.headSha));
    return {
      status: 200,
      headers,
      body: items.map((file) => fileJson(github, repository, file, pull.headSha)),
    };
  }),
  "pulls/list-commits": inRepository(READ, async (call) => {
    const { items, headers } = paged(call, await pullCommits(call.git, pullParam(call)));
    return { status: 200, headers, body: await commitsJson(call.github, call.repository, call.git, items) };
  }),
  "pulls/create-review": inRepository(WRITE, createReview, "read"),
  "pulls/list-reviews": inRepository(READ, (call) => {
    const { github, repository } = call;
    const all = github.store.reviews.list(repository.id, String(pullParam(call).number));
    const { items, headers } = paged(call, all);
    return { status: 200, headers, body: items.map((review) => reviewJson(github, repository, review)) };
  }),
};

/** The pull request that the address names; 404 when there is none. */
export function pullParam(call: RepositoryCall): Pull {
  const found = call.github.store.issues.find(call.repository.id, String(numberParam(call, "pull_number")));
  if (found === undefined || !isPull(found)) throw notFound();
  return found;
}

function list(call: RepositoryCall): Reply {
  const { github, repository, query } = call;
  const state = query.get("state") ?? "open";
  const head = query.get("head");
  const base = query.get("base");
  const wanted = github.store.issues
    .list(repository.id)
    .filter(isPull)
    .filter((issue) => state === "all" || issue.state === state)
    .filter(
      (issue) =>
        head === null || `${repository.owner}:${issue.pull.headRef}`.toLowerCase() === head.toLowerCase(),
    )
    .filter((issue) => base === null || issue.pull.baseRef === base);
  if (query.get("sort") === "updated") wanted.sort((a, b) => a.updatedAt.localeCompare(b.updatedAt));
  // Newest first, unless another order is asked for by name.
  const ascending =
    query.get("direction") === "asc" ||
    (query.has("sort") && query.get("sort") !== "created" && !query.has("direction"));
  const { items, headers } = paged(call, ascending ? wanted : wanted.toReversed());
  return { status: 200, headers, body: items.map((issue) => pullSimpleJson(github, repository, issue)) };
}

async function create(call: RepositoryCall): Promise<Reply> {
  const { github, repository, git } = call;
  const body = bodyOf<{ title: string; body: string; head: string; base: string; draft: boolean }>(call);
  const baseRef = must(body.base, "base");
  const headRef = must(body.head, "head").replace(new RegExp(`^${repository.owner}:`, "i"), "");
  const scene = sceneOf(call);
  // Under the lock, so that a push to either branch comes before it or after it.
  return whileLocked(github, repository, async () => {
    const headSha = isShortRefName(headRef) ? await git.branch(headRef) : undefined;
    const baseSha = isShortRefName(baseRef) ? await git.branch(baseRef) : undefined;
    if (headSha === undefined) throw fieldError("head");
    if (baseSha === undefined) throw fieldError("base");
    if (await git.isAncestor(headSha, baseSha))
      throw customError(`No commits between ${baseRef} and ${headRef}`);
    const twin = openPulls(github, repository).some(
      (it) => it.pull.headRef === headRef && it.pull.baseRef === baseRef,
    );
    if (twin) throw customError(`A pull request already exists for ${repository.owner}:${headRef}.`);
    const title = must(body.title, "title");
    const fresh: PullPart = {
      headRef,
      headSha,
      baseRef,
      baseSha,
      draft: body.draft === true,
      merge: null,
      mergeability: { kind: "unknown" },
    };
    const made = openIssue(github, repository.id, scene.sender, {
      title,
      body: body.body ?? null,
      labels: [],
      pull: fresh,
    });
    if (!isPull(made)) throw new Error("a pull request was opened as an issue");
    await keepHeadRef(git, made);
    const issue = await testMerge(github, repository, made);
    await emitPull(scene, "pull-request-opened", issue);
    return { status: 201, body: await describePull(github, repository, issue) };
  });
}

async function update(call: RepositoryCall): Promise<Reply> {
  const { github, repository, git } = call;
  const before = pullParam(call);
  const body = bodyOf<{ title: string; body: string | null; state: "open" | "closed"; base: string }>(call);
  const scene = sceneOf(call);
  return whileLocked(github, repository, async () => {
    const baseSha = body.base === undefined ? undefined : await git.branch(body.base);
    if (body.base !== undefined && baseSha === undefined) throw fieldError("base");
    if (body.state === "open" && before.state === "closed") await demandReopenable(call, before);
    const after = changeIssue(github, before, scene.sender, (fresh) => ({
      title: body.title ?? fresh.title,
      body: body.body === undefined ? fresh.body : body.body,
      state: body.state ?? fresh.state,
      pull:
        body.base === undefined || baseSha === undefined
          ? fresh.pull
          : { ...fresh.pull, baseRef: body.base, baseSha, mergeability: { kind: "unknown" } },
    }));
    const changes = {
      ...(after.title === before.title ? {} : { title: { from: before.title } }),
      ...(after.body === before.body ? {} : { body: { from: before.body ?? "" } }),
      ...(after.pull.baseRef === before.pull.baseRef
        ? {}
        : { base: { ref: { from: before.pull.baseRef }, sha: { from: before.pull.baseSha } } }),
    };
    if (Object.keys(changes).length > 0) await emitPull(scene, "pull-request-edited", after, { changes });
    if (after.state !== before.state) {
      if (after.state === "closed") await dropTestMerge(git, after);
      await emitPull(
        scene,
        after.state === "closed" ? "pull-request-closed" : "pull-request-reopened",
        after,
      );
    }
    const issue = await testMerge(github, repository, after);
    return { status: 200, body: await describePull(github, repository, issue) };
  });
}

/** A closed pull request opens again only unmerged, and where its branch was left. */
async function demandReopenable({ git }: RepositoryCall, { pull }: Pull): Promise<void> {
  if (pull.merge !== null) throw customError("The pull request was merged and cannot be reopened.");
  if ((await git.branch(pull.headRef)) !== pull.headSha) {
    throw customError(`The ${pull.headRef} branch was force-pushed, recreated or deleted.`);
  }
}

function createReview(call: RepositoryCall): Reply {
  const { github, repository } = call;
  const issue = pullParam(call);
  const body = bodyOf<{ body: string; event: string; commit_id: string }>(call);
  const states: Record<string, Review["state"]> = {
    APPROVE: "APPROVED",
    REQUEST_CHANGES: "CHANGES_REQUESTED",
    COMMENT: "COMMENTED",
  };
  const scene = sceneOf(call);
  if (body.event === "APPROVE" && scene.sender.id === issue.authorId) {
    throw new HttpError(422, "Can not approve your own pull request");
  }
  const review = github.store.reviews.add({
    repositoryId: repository.id,
    issueNumber: issue.number,
    authorId: scene.sender.id,
    body: body.body ?? "",
    state: states[body.event ?? ""] ?? "PENDING",
    commitId: body.commit_id ?? issue.pull.headSha,
    submittedAt: timestamp(github.now()),
  });
  const json = reviewJson(github, repository, review);
  if (review.state !== "PENDING") {
    emit(scene, "pull-request-review-submitted", {
      review: { ...json, state: review.state.toLowerCase() },
      pull_request: pullSimpleJson(github, repository, issue),
    });
  }
  return { status: 200, body: json };
}

function fieldError(field: string): HttpError {
  return new HttpError(422, "Validation Failed", [{ resource: "PullRequest", field, code: "invalid" }]);
}

function customError(message: string): HttpError {
  return invalid("PullRequest", "base", message);
}

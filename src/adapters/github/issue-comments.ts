import type { ProbotOctokit } from "probot";
import type { IssueComment, Permission, Reaction, Repository } from "#domain/ports.ts";
import { failedStatus } from "./code-host-failure.ts";
import { ownerAndName } from "./installations.ts";

const RECENT_MAX = 1_000;
const REACTIONS_MAX = 1_000;
const OURS: readonly Reaction[] = ["eyes", "+1", "-1", "confused"];

/** null when it was deleted. */
export async function issueComment(
  octokit: ProbotOctokit,
  repository: Repository,
  commentId: number,
): Promise<IssueComment | null> {
  try {
    const { data } = await octokit.rest.issues.getComment({
      ...ownerAndName(repository),
      comment_id: commentId,
    });
    return asComment(data);
  } catch (error) {
    if (isGone(error)) return null;
    throw error;
  }
}

/** Comments on all issues and pull requests that were written or edited since, oldest first; at most 1,000. */
export async function recentComments(
  octokit: ProbotOctokit,
  repository: Repository,
  sinceMs: number,
): Promise<IssueComment[]> {
  const found: IssueComment[] = [];
  const since = new Date(sinceMs).toISOString();
  const query = { ...ownerAndName(repository), since, sort: "created" as const, per_page: 100 };
  for await (const page of octokit.paginate.iterator(octokit.rest.issues.listCommentsForRepo, query)) {
    found.push(...page.data.map(asComment));
    if (found.length >= RECENT_MAX) break;
  }
  return found;
}

/** The reactions of our own app. */
export async function ownReactions(
  octokit: ProbotOctokit,
  botLogin: string,
  repository: Repository,
  commentId: number,
): Promise<Reaction[]> {
  return (await listOwn(octokit, botLogin, repository, commentId)).map(({ content }) => content);
}

/** Makes this the only reaction of our app; does nothing where the comment is gone. */
export async function react(
  octokit: ProbotOctokit,
  botLogin: string,
  repository: Repository,
  commentId: number,
  reaction: Reaction,
): Promise<void> {
  const where = { ...ownerAndName(repository), comment_id: commentId };
  try {
    // First the new one, so that a crash in between never leaves a comment that looks unseen.
    await octokit.rest.reactions.createForIssueComment({ ...where, content: reaction });
    for (const { id, content } of await listOwn(octokit, botLogin, repository, commentId)) {
      if (content === reaction) continue;
      await octokit.rest.reactions.deleteForIssueComment({ ...where, reaction_id: id });
    }
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

/** What a person may do in a repository now; "none" for a name that nobody has. */
export async function permissionOf(
  octokit: ProbotOctokit,
  repository: Repository,
  login: string,
): Promise<Permission> {
  try {
    const { data } = await octokit.rest.repos.getCollaboratorPermissionLevel({
      ...ownerAndName(repository),
      username: login,
    });
    const { permission } = data;
    return permission === "admin" || permission === "write" || permission === "read" ? permission : "none";
  } catch (error) {
    if (failedStatus(error) === 404) return "none";
    throw error;
  }
}

async function listOwn(
  octokit: ProbotOctokit,
  botLogin: string,
  repository: Repository,
  commentId: number,
): Promise<{ id: number; content: Reaction }[]> {
  const own: { id: number; content: Reaction }[] = [];
  const query = { ...ownerAndName(repository), comment_id: commentId, per_page: 100 };
  let seen = 0;
  try {
    for await (const page of octokit.paginate.iterator(octokit.rest.reactions.listForIssueComment, query)) {
      for (const { id, user, content } of page.data) {
        const known = OURS.find((each) => each === content);
        if (user?.login === botLogin && known !== undefined) own.push({ id, content: known });
      }
      seen += page.data.length;
      if (seen >= REACTIONS_MAX) break;
    }
  } catch (error) {
    if (!isGone(error)) throw error;
  }
  return own;
}

interface CommentAnswer {
  readonly id: number;
  readonly body?: string;
  readonly html_url: string;
  readonly issue_url: string;
  readonly created_at: string;
  readonly updated_at: string;
  readonly user: { readonly login: string; readonly type: string } | null;
  readonly performed_via_github_app?: unknown;
}

function asComment(answer: CommentAnswer): IssueComment {
  const { user } = answer;
  return {
    id: answer.id,
    issue: Number(answer.issue_url.split("/").at(-1)),
    url: answer.html_url,
    body: answer.body ?? "",
    author: user?.login ?? "ghost",
    isPerson: user?.type === "User" && (answer.performed_via_github_app ?? null) === null,
    isEdited: answer.updated_at !== answer.created_at,
    createdAtMs: Date.parse(answer.created_at),
  };
}

function isGone(error: unknown): boolean {
  const status = failedStatus(error);
  return status === 404 || status === 410;
}

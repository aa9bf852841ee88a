import { APP_ID } from "../parts.ts";
import { cloneAs, type Clone } from "../person-git.ts";
import { BRANCH_PREFIX, type Scene } from "./scene.ts";
import { mustFind } from "./step.ts";

export interface OpenedPullRequest {
  readonly number: number;
  readonly url: string;
  readonly branch: string;
  readonly headSha: string;
}

export interface FinishedCheck {
  readonly id: number;
  readonly conclusion: string;
  readonly title: string;
}

export interface CheckAnnotation {
  readonly path: string;
  readonly line: number;
  readonly column: number | null;
  readonly title: string;
  readonly message: string;
}

/** A canary of a minute, with what comes before it. */
const CHECK_TIMEOUT_MS = 240_000;
const COMMENT_TIMEOUT_MS = 90_000;

/** Pushes one commit on a new branch by git and opens a pull request by REST. */
export async function openPullRequest(
  scene: Scene,
  branch: string,
  /** Changes files and says in a few words what it changed. */
  edit: (clone: Clone) => string,
): Promise<OpenedPullRequest> {
  const { developer, github, githubOrigin, owner, repo, signal } = scene;
  const clone = await cloneAs(
    developer,
    `${githubOrigin}/${owner}/${repo}.git`,
    scene.folders.clones,
    signal,
  );
  try {
    await clone.switchToNew(branch);
    const title = edit(clone);
    const headSha = await clone.commit(title);
    await clone.push(branch);
    const { data } = await github.pulls.create({ owner, repo, title, head: branch, base: "main" });
    return { number: data.number, url: data.html_url, branch, headSha };
  } finally {
    clone.dispose();
  }
}

/**
 * Waits for our app's verdict on a commit: its failed check run if there is one, else the last that ended. Each new
 * title on the way is told.
 */
export async function finishedCheck(
  scene: Scene,
  headSha: string,
  onTitle: (title: string) => void = () => {},
): Promise<FinishedCheck> {
  const { github, owner, repo, signal } = scene;
  let told = "";
  return await mustFind(
    "a finished check run",
    async () => {
      const { data } = await github.checks.listForRef({ owner, repo, ref: headSha });
      const ours = data.check_runs.filter(({ app }) => app?.id === APP_ID);
      const title = ours.at(-1)?.output.title ?? told;
      if (title !== told) onTitle(title);
      told = title;
      if (ours.length === 0 || ours.some(({ status }) => status !== "completed")) return null;
      const chosen = ours.find(({ conclusion }) => conclusion === "failure") ?? ours.at(-1)!;
      return {
        id: chosen.id,
        conclusion: chosen.conclusion ?? "none",
        title: chosen.output.title ?? "(no title)",
      };
    },
    { timeoutMs: CHECK_TIMEOUT_MS, signal },
  );
}

export async function annotationsOf(scene: Scene, checkRunId: number): Promise<CheckAnnotation[]> {
  const { github, owner, repo } = scene;
  const { data } = await github.checks.listAnnotations({ owner, repo, check_run_id: checkRunId });
  return data.map((annotation) => ({
    path: annotation.path,
    line: annotation.start_line,
    column: annotation.start_column,
    title: annotation.title ?? "",
    message: annotation.message ?? "",
  }));
}

/** Waits until our app's comment on the pull request is as `wanted` says; its text without markup that only browsers show. */
export async function stickyComment(
  scene: Scene,
  pullRequest: OpenedPullRequest,
  wanted: (lines: readonly string[]) => boolean,
  timeoutMs: number = COMMENT_TIMEOUT_MS,
): Promise<string[]> {
  const { github, owner, repo, signal } = scene;
  return await mustFind(
    `the expected comment on #${pullRequest.number}`,
    async () => {
      const { data } = await github.issues.listComments({ owner, repo, issue_number: pullRequest.number });
      const ours = data.filter(({ user }) => user?.type === "Bot");
      const lines = readableLines(ours.at(-1)?.body ?? "");
      return lines.length > 0 && wanted(lines) ? lines : null;
    },
    { timeoutMs, signal },
  );
}

/** Closes what a tour that was cut off left open. */
export async function closeLeftovers(scene: Scene): Promise<number> {
  const { github, owner, repo } = scene;
  const { data } = await github.pulls.list({ owner, repo, state: "open", per_page: 100 });
  const leftovers = data.filter(({ head }) => head.ref.startsWith(BRANCH_PREFIX));
  for (const { number, head } of leftovers) await closePullRequest(scene, number, head.ref);
  return leftovers.length;
}

export async function closePullRequest(scene: Scene, number: number, branch: string): Promise<void> {
  const { github, owner, repo } = scene;
  await github.pulls.update({ owner, repo, pull_number: number, state: "closed" });
  await github.git.deleteRef({ owner, repo, ref: `heads/${branch}` });
}

function readableLines(markdown: string): string[] {
  return markdown
    .replaceAll(/<!--.*?-->/gs, "")
    .split("\n")
    .map((line) =>
      line
        .replace(/^>\s?/, "")
        .replaceAll("**", "")
        .replaceAll("`", "")
        .replaceAll(/\\([!-/:-@[-`{-~])/g, "$1")
        .trim(),
    )
    .filter((line) => line !== "" && !/^[|<[]/.test(line));
}

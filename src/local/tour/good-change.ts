import { cpSync, globSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { askGateway } from "../gateway-client.ts";
import type { Clone } from "../person-git.ts";
import { followRollout, settledRevision, shortRevision } from "./follow-rollout.ts";
import { finishedCheck, openPullRequest, stickyComment } from "./pull-request.ts";
import { newBranch, type Scene } from "./scene.ts";
import { StepFailed } from "./step.ts";

const LIVE_COMMENT_TIMEOUT_MS = 120_000;
const TITLE_EVERY_MS = 10_000;
const BODY_SHOWN_CHARS = 100;

/** A change goes from a branch to every region. */
export async function goodChange(scene: Scene): Promise<void> {
  const { narrator, developer, repo } = scene;
  const before = await settledRevision(scene);
  narrator.heading(`1  A good change to ${repo}`);
  narrator.detail(`Now every region serves revision ${shortRevision(before)}:`);
  narrator.shows(await quote(scene));
  narrator.say(`  ${developer.login} pushes a branch with git and opens a pull request.`);
  const pullRequest = await openPullRequest(scene, newBranch("good"), changeFiles(scene));
  narrator.shows(`#${pullRequest.number}  ${pullRequest.url}`);

  narrator.say("  Showrunner checks the manifest, builds the merge and says when it would be live where.");
  narrator.say(
    "  Then it tries the merge on live traffic: a canary beside a fresh baseline of what runs now, each with 40% of the requests.",
  );
  let shownAtMs = 0;
  const check = await finishedCheck(scene, pullRequest.headSha, (title) => {
    // A title changes every few seconds while the canary runs.
    if (Date.now() - shownAtMs < TITLE_EVERY_MS) return;
    shownAtMs = Date.now();
    narrator.detail(title);
  });
  if (check.conclusion !== "success") {
    throw new StepFailed(`the check run on the good change ended as ${check.conclusion}: ${check.title}`);
  }
  narrator.shows(`check run: ${check.conclusion} · ${check.title}`);
  // The comment's first line is the check's title, so that it can be read in a mail.
  const comment = await stickyComment(scene, pullRequest, () => true);
  const promise = comment.find((line) => line.startsWith("Merging reaches")) ?? check.title;
  narrator.shows(`comment:   ${promise}`);
  await mergeAndFollow(scene, pullRequest, before, promise.split(". ")[0] ?? promise);
}

async function mergeAndFollow(
  scene: Scene,
  pullRequest: Awaited<ReturnType<typeof openPullRequest>>,
  before: string,
  promise: string,
): Promise<void> {
  const { narrator, github, owner, repo } = scene;
  narrator.say(
    `  ${scene.developer.login} merges. Now ask each region's gateway until it serves the new revision.`,
  );
  const { number, branch } = pullRequest;
  const mergedAtMs = Date.now();
  await github.pulls.merge({ owner, repo, pull_number: number, merge_method: "merge" });
  await github.git.deleteRef({ owner, repo, ref: `heads/${branch}` });
  let lastMs = 0;
  const counts = await followRollout(scene, before, mergedAtMs, ({ region, revision, afterMs }) => {
    lastMs = afterMs;
    narrator.shows(
      `${region.padEnd(10)} x-showrunner-revision: ${shortRevision(revision)}  ${(afterMs / 1_000).toFixed(1)} s after the merge`,
    );
  });
  if (counts.failed > 0)
    throw new StepFailed(`${counts.failed} of ${counts.asked} requests failed during the rollout`);
  narrator.detail(`Promised: ${promise}. It took ${(lastMs / 1_000).toFixed(1)} s.`);
  narrator.detail(`${counts.asked} requests were made meanwhile; none failed. It now answers:`);
  narrator.shows(await quote(scene));
  const live = await stickyComment(
    scene,
    pullRequest,
    ([first = ""]) => /\blive\b/i.test(first),
    LIVE_COMMENT_TIMEOUT_MS,
  );
  narrator.shows(`comment:   ${live[0]}`);
}

/** Puts the tour's files into the clone; where an earlier tour did so already, takes them back, which is a change as well. */
function changeFiles({ folders }: Scene): (clone: Clone) => string {
  return (clone) => {
    const files = globSync("**/*", { cwd: folders.good }).filter((file) =>
      statSync(join(folders.good, file)).isFile(),
    );
    const isThere = (file: string): boolean =>
      read(join(clone.folder, file)) === read(join(folders.good, file));
    if (!files.every(isThere)) {
      clone.copyIn(folders.good);
      return "Let the shape of the screen decide";
    }
    for (const file of files) {
      if (read(join(folders.original, file)) === null) rmSync(join(clone.folder, file));
      else cpSync(join(folders.original, file), join(clone.folder, file));
    }
    return "Let the play rate decide again";
  };
}

function read(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}

/** What a client sees, in one line. */
async function quote(scene: Scene): Promise<string> {
  const { origin, region } = scene.gateways[0]!;
  const answer = await askGateway(origin, scene.path, scene.developer.login);
  if (answer.kind === "unreachable")
    throw new StepFailed(`the gateway of ${region} does not answer: ${answer.message}`);
  const body = answer.body.replaceAll(/\s+/g, " ");
  const shown = body.length > BODY_SHOWN_CHARS ? `${body.slice(0, BODY_SHOWN_CHARS)}…` : body;
  return `GET ${scene.path}  ${answer.status}  ${shown}`;
}

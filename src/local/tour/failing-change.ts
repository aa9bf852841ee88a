import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { askGateway } from "../gateway-client.ts";
import { settledRevision, shortRevision } from "./follow-rollout.ts";
import { openPullRequest, stickyComment, type OpenedPullRequest } from "./pull-request.ts";
import { newBranch, type Scene } from "./scene.ts";
import { mustFind, StepFailed } from "./step.ts";

const ENTRY = "src/index.ts";
const AFTER = "const url = new URL(request.url);";
/** Right for the warm-up, which sends no such header, and wrong for every viewer. */
const MISTAKE = 'const profile: unknown = JSON.parse(request.headers.get("x-user") ?? "{}");';
const ROLLBACK_TIMEOUT_MS = 240_000;
const REVERT_TIMEOUT_MS = 90_000;
const ASK_EVERY_MS = 150;

/** A mistake that only live traffic shows is caught in the first region, taken back, and out of the branch again. */
export async function failingChange(scene: Scene): Promise<void> {
  const { narrator, developer, github, owner, repo } = scene;
  const before = await settledRevision(scene);
  narrator.heading(`3  A change to ${repo} that only fails on live traffic`);
  narrator.say(
    `  ${developer.login} takes a viewer's name for JSON. The manifest is right and the warm-up passes.`,
  );
  const pullRequest = await openPullRequest(scene, newBranch("failing"), (clone) => {
    const file = join(clone.folder, ENTRY);
    const text = readFileSync(file, "utf8");
    if (!text.includes(AFTER))
      throw new StepFailed(`${ENTRY} does not hold the line that the tour builds on`);
    writeFileSync(file, text.replace(AFTER, `${AFTER}\n    ${MISTAKE}`));
    return "Prefer what the viewer's profile says";
  });
  narrator.shows(`#${pullRequest.number}  ${pullRequest.url}`);
  narrator.say(
    `  ${developer.login} does not wait for the canary and merges. The first region gets it on one node.`,
  );
  const { number, branch } = pullRequest;
  await github.pulls.merge({ owner, repo, pull_number: number, merge_method: "merge" });
  await github.git.deleteRef({ owner, repo, ref: `heads/${branch}` });
  await watchRollback(scene, pullRequest, before);
  await mergeRevert(scene, before);
}

/** Asks every region as a viewer would until the comment says that it was rolled back. */
async function watchRollback(scene: Scene, pullRequest: OpenedPullRequest, before: string): Promise<void> {
  const { narrator, gateways, developer, path, signal } = scene;
  const mergedAtMs = Date.now();
  const failed = new Map<string, number>();
  const watching = new AbortController();
  const ask = async (): Promise<void> => {
    while (!watching.signal.aborted) {
      for (const { region, origin } of gateways) {
        const answer = await askGateway(origin, path, developer.login);
        if (answer.kind !== "answered" || answer.revision === null) continue;
        // The canary of the pull request may still be on; what it answers is no rollout.
        if (answer.role === "stable" && answer.revision !== before)
          failed.set(region, (failed.get(region) ?? 0) + 1);
      }
      await sleep(ASK_EVERY_MS, undefined, { signal: watching.signal }).catch(() => undefined);
    }
  };
  const asking = ask();
  let said: string[];
  try {
    said = await stickyComment(scene, pullRequest, saysRolledBack, ROLLBACK_TIMEOUT_MS);
  } finally {
    watching.abort();
    await asking;
  }
  signal.throwIfAborted();
  narrator.refuses(`comment:   ${said[0]}`);
  const [first, ...others] = gateways.map(({ region }) => region);
  const reached = others.filter((region) => failed.has(region));
  if (reached.length > 0) throw new StepFailed(`${reached.join(", ")} served the failing revision too`);
  const after = await settledRevision(scene);
  if (after !== before) throw new StepFailed(`the regions serve ${after} instead of ${before}`);
  const seconds = ((Date.now() - mergedAtMs) / 1_000).toFixed(1);
  narrator.shows(
    `rolled back ${seconds} s after the merge: ${failed.get(first ?? "") ?? 0} requests in ${first} met it, none elsewhere`,
  );
  narrator.shows(`every region serves ${shortRevision(after)} again`);
}

function saysRolledBack([first = ""]: readonly string[]): boolean {
  return /rolled back/i.test(first);
}

async function mergeRevert(scene: Scene, before: string): Promise<void> {
  const { narrator, developer, github, owner, repo, signal } = scene;
  const revert = await mustFind(
    "a pull request that reverts it",
    async () => {
      const { data } = await github.pulls.list({ owner, repo, state: "open", per_page: 100 });
      return data.find(({ head }) => head.ref.startsWith("showrunner/revert-")) ?? null;
    },
    { timeoutMs: REVERT_TIMEOUT_MS, signal },
  );
  narrator.shows(`#${revert.number}  ${revert.title}  ${revert.html_url}`);
  narrator.say(`  Until that is merged, the change is not tried again. ${developer.login} merges it.`);
  await github.pulls.merge({ owner, repo, pull_number: revert.number, merge_method: "merge" });
  await github.git.deleteRef({ owner, repo, ref: `heads/${revert.head.ref}` });
  const after = await settledRevision(scene);
  if (after !== before)
    throw new StepFailed(`after the revert the regions serve ${after} instead of ${before}`);
}

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { settledRevision, shortRevision } from "./follow-rollout.ts";
import {
  annotationsOf,
  closePullRequest,
  finishedCheck,
  openPullRequest,
  type CheckAnnotation,
} from "./pull-request.ts";
import { newBranch, type Scene } from "./scene.ts";
import { StepFailed } from "./step.ts";

const MANIFEST = "showrunner.yaml";

/** A mistake in a manifest is refused at the pull request, and no region hears of it. */
export async function badChange(scene: Scene): Promise<void> {
  const { narrator, developer, repo } = scene;
  const before = await settledRevision(scene);
  narrator.heading(`2  A bad change to ${repo}`);
  narrator.say(
    `  ${developer.login} opens a pull request whose manifest names a region that is not in the fleet.`,
  );
  let manifest = "";
  const pullRequest = await openPullRequest(scene, newBranch("bad"), (clone) => {
    const file = join(clone.folder, MANIFEST);
    manifest = readFileSync(file, "utf8").replace("us-west-2", "us-wst-2");
    writeFileSync(file, manifest);
    return "Roll out to the new region first";
  });
  narrator.shows(`#${pullRequest.number}  ${pullRequest.url}`);
  const check = await finishedCheck(scene, pullRequest.headSha);
  if (check.conclusion !== "failure") {
    throw new StepFailed(`the check run on the bad change ended as ${check.conclusion} instead of failure`);
  }
  narrator.refuses(`check run: ${check.conclusion} · ${check.title}`);
  const [annotation] = await annotationsOf(scene, check.id);
  if (annotation === undefined) throw new StepFailed("the failed check run has no annotation");
  showAnnotation(scene, manifest, annotation);
  const after = await settledRevision(scene);
  if (after !== before) throw new StepFailed(`the regions moved from ${before} to ${after}`);
  narrator.shows(`every region still serves ${shortRevision(after)}`);
  await closePullRequest(scene, pullRequest.number, pullRequest.branch);
  narrator.say(`  ${developer.login} closes #${pullRequest.number}.`);
}

/** Shows the message under the line it is about, as an editor would, and insists that it is about that line. */
function showAnnotation(
  { narrator }: Scene,
  manifest: string,
  { path, line, column, title, message }: CheckAnnotation,
): void {
  const text = path === MANIFEST ? (manifest.split("\n")[line - 1] ?? "") : "";
  narrator.refuses(`${path}:${line}${column === null ? "" : `:${column}`}  ${title}`);
  narrator.detail(`  ${String(line).padStart(3)} │ ${text}`);
  message.split("\n").forEach((part) => narrator.detail(`      ${part}`));
  const wrong = /["`“]([^"`”]+)["`”]/.exec(message)?.[1];
  if (wrong !== undefined && !text.includes(wrong)) {
    throw new StepFailed(`the annotation is on line ${line}, which does not hold "${wrong}"`);
  }
}

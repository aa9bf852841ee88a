import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RunningPlatform } from "../local/start-platform.ts";
import { eventually } from "./eventually.ts";
import { git } from "./forge.ts";

/** A running platform that a test operates, and its SHOWRUNNER_HOME. */
export interface Stage {
  readonly platform: RunningPlatform;
  readonly home: string;
}

/** One of the ways in which people operate rollouts. */
export type Way = "comment" | "button" | "cli" | "api";

type Kind = "pause" | "resume" | "abort" | "rollback" | "promote" | "freeze" | "unfreeze";

export interface Pull {
  readonly repository: string;
  readonly number: number;
  readonly head: { readonly sha: string };
}

interface CliRun {
  readonly code: number;
  readonly out: string;
  readonly log: string;
}

/** What turns the text of a file into its new text. */
export type Edit = (text: string) => string;

/** Where a sample script is. */
const sources: Readonly<Record<string, { readonly repository: string; readonly folder: string }>> = {
  "because-you-watched": { repository: "personalization", folder: "scripts/because-you-watched/" },
};
const phaseMsMax = 240_000;
const shownMsMax = 60_000;
const pushesMax = 5;
/** Many tests wait at once, and their looks must not take the machine from what they wait for. */

/** One call of the local GitHub's REST API as maya; throws on an HTTP error. */
export async function rest<T>({ platform }: Stage, method: string, path: string, body?: object): Promise<T> {
  const answer = await fetch(`${platform.urls.github}/api/v3${path}`, {
    method,
    headers: { authorization: `Bearer ${platform.token("maya")}`, "content-type": "application/json" },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

/** The file of a sample script that answers requests. */
export function sourceOf(script: string): { readonly repository: string; readonly file: string } {
  const { repository, folder } = sources[script] ?? { repository: script, folder: "" };
  return { repository, file: `${folder}src/index.ts` };
}

/** The installed command line, as a process of its own. */
export function showrunner({ platform, home }: Stage, ...args: readonly string[]): Promise<CliRun> {
  const env = {
    ...process.env,
    NODE_OPTIONS: "",
    SHOWRUNNER_URL: platform.urls.dashboard,
    SHOWRUNNER_HOME: home,
  };
  return new Promise((resolve) => {
    execFile(process.execPath, ["bin/showrunner.js", ...args], { env }, (error, out, log) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : -1;
      resolve({ code, out, log });
    });
  });
}

/** A clone of a repository as maya's, for as long as `work` takes. */
export async function withClone<T>(
  { platform }: Stage,
  repository: string,
  work: (clone: string) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "showrunner-person-"));
  try {
    const url = new URL(`${platform.urls.github}/acme/${repository}.git`);
    url.username = "maya";
    url.password = platform.token("maya");
    await git(folder, "clone", "--quiet", url.href, "clone");
    return await work(join(folder, "clone"));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Commits new texts of files in a clone; the commit. */
export async function commit(
  clone: string,
  edits: Readonly<Record<string, Edit>>,
  message: string,
): Promise<string> {
  for (const [file, edit] of Object.entries(edits)) {
    const path = join(clone, file);
    writeFileSync(path, edit(existing(path)));
    await git(clone, "add", file);
  }
  await git(clone, "commit", "--quiet", "--message", message);
  return git(clone, "rev-parse", "HEAD");
}

function existing(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** Pushes a change to `main`, again when somebody else was faster; the commit. */
export function push(
  stage: Stage,
  repository: string,
  edits: Readonly<Record<string, Edit>>,
): Promise<string> {
  return withClone(stage, repository, async (clone) => {
    for (let attempt = 1; ; attempt += 1) {
      const made = await commit(clone, edits, "Change it");
      try {
        await git(clone, "push", "--quiet", "origin", "main");
        return made;
      } catch (error) {
        if (attempt === pushesMax) throw error;
        await git(clone, "fetch", "--quiet", "origin");
        await git(clone, "reset", "--quiet", "--hard", "origin/main");
      }
    }
  });
}

/** Pull requests on a script, each on top of the one before, that make it another revision. */
export async function openPulls(
  stage: Stage,
  script: string,
  messages: readonly string[],
): Promise<readonly Pull[]> {
  const { repository, file } = sourceOf(script);
  const heads = await withClone(stage, repository, async (clone) => {
    const branches: string[] = [];
    for (const [index, message] of messages.entries()) {
      const branch = `operated/${index}`;
      await git(clone, "switch", "--quiet", "--create", branch);
      await commit(clone, { [file]: saying(`${script} ${index}`) }, message);
      await git(clone, "push", "--quiet", "origin", branch);
      branches.push(branch);
    }
    return branches;
  });
  const pulls: Pull[] = [];
  for (const head of heads) {
    const body = { title: `Change ${script}`, head, base: "main" };
    pulls.push({
      ...(await rest<Pull>(stage, "POST", `/repos/acme/${repository}/pulls`, body)),
      repository,
    });
  }
  return pulls;
}

/** Makes another revision of a script that answers as before. */
export function saying(word: string): Edit {
  return (text) => `${text}\n(globalThis as Record<string, unknown>)["e2e"] = "${word}";\n`;
}

/** Merges a pull request; the commit. */
export async function merge(stage: Stage, { repository, number }: Pull): Promise<string> {
  const path = `/repos/acme/${repository}/pulls/${number}/merge`;
  return (await rest<{ sha: string }>(stage, "PUT", path, {})).sha;
}

/** Asks for an operation in one of the ways; what the first two lead to shows a little later. */
export async function operate(
  stage: Stage,
  way: Way,
  kind: Kind,
  {
    pull,
    target,
    reason = `a try by ${way}`,
  }: { readonly pull: Pull; readonly target: string; readonly reason?: string },
): Promise<void> {
  switch (way) {
    case "comment":
      return say(stage, pull, `/${kind === "promote" ? "rollout" : kind} ${reason}`);
    case "button":
      return press(stage, pull, buttons[kind]);
    case "cli": {
      const run = await showrunner(stage, kind, target, "--reason", reason);
      if (run.code !== 0) throw new Error(`showrunner ${kind} ${target} ended with ${run.code}: ${run.log}`);
      return;
    }
    case "api":
      return ask(stage, { kind, target, reason });
  }
}

/** Before a merge what pauses is called to hold. */
const buttons: Readonly<Record<Kind, string>> = {
  pause: "hold",
  resume: "resume",
  abort: "abort",
  rollback: "rollback",
  promote: "rollout",
  freeze: "freeze",
  unfreeze: "unfreeze",
};

/** Comments on a pull request as maya. */
export async function say(stage: Stage, { repository, number }: Pull, body: string): Promise<void> {
  await rest(stage, "POST", `/repos/acme/${repository}/issues/${number}/comments`, { body });
}

async function press(stage: Stage, { repository, head }: Pull, identifier: string): Promise<void> {
  const { platform } = stage;
  await eventually(`the button ${identifier} of ${repository}`, shownMsMax, async () => {
    const path = `/repos/acme/${repository}/commits/${head.sha}/check-runs`;
    const { check_runs: checks } = await rest<{ check_runs: { id: number }[] }>(stage, "GET", path);
    const [check] = checks;
    if (check === undefined) return null;
    const pressed = await fetch(`${platform.urls.github}/acme/${repository}/checks/${check.id}/actions`, {
      method: "POST",
      headers: { authorization: `Bearer ${platform.token("maya")}` },
      body: new URLSearchParams({ identifier }),
    });
    return pressed.ok ? true : null;
  });
}

/** Asks by the API. */
export async function ask({ platform }: Stage, body: object): Promise<void> {
  const answer = await fetch(`${platform.urls.dashboard}/api/operations`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${platform.token("api")}` },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${JSON.stringify(body)}: ${answer.status} ${await answer.text()}`);
}

/** All comments on a pull request. */
async function comments(stage: Stage, { repository, number }: Pull): Promise<string> {
  const path = `/repos/acme/${repository}/issues/${number}/comments`;
  return (await rest<{ body: string }[]>(stage, "GET", path)).map(({ body }) => body).join("\n");
}

/** Waits until a pull request's comments say something. */
export async function shows(stage: Stage, pull: Pull, words: RegExp): Promise<void> {
  const what = `${pull.repository}#${pull.number} shows ${words}`;
  await eventually(what, shownMsMax, async () => (words.test(await comments(stage, pull)) ? true : null));
}

/** A rollout as the API tells of it. */
interface ToldRollout {
  readonly commit: string;
  readonly phase: string;
  readonly phaseText: string;
}

/** The rollout of a commit; null before there is one. */
async function rolloutOf({ platform }: Stage, script: string, sha: string): Promise<ToldRollout | null> {
  const answer = await fetch(`${platform.urls.dashboard}/api/scripts/${script}/rollouts`);
  const { rollouts = [] }: { rollouts?: readonly ToldRollout[] } = await answer.json();
  return rollouts.find((rollout) => rollout.commit === sha) ?? null;
}

/** Waits until a rollout is in a phase. */
export function isIn(stage: Stage, script: string, sha: string, phase: string): Promise<ToldRollout> {
  let seen: ToldRollout | null = null;
  return eventually(`${script} ${sha.slice(0, 7)} is ${phase}`, phaseMsMax, async () => {
    seen = await rolloutOf(stage, script, sha);
    return seen?.phase === phase ? seen : null;
  }).catch((error: unknown) => {
    throw new Error(`${script} ${sha.slice(0, 7)} is ${seen?.phaseText ?? "unknown"} and not ${phase}`, {
      cause: error,
    });
  });
}

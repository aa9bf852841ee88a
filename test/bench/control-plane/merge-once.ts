import { setTimeout as sleep } from "node:timers/promises";
import { Octokit } from "@octokit/rest";
import type { RegionDocument } from "#schemas/types.ts";
import type { BenchForge } from "../campaign/bench-forge.ts";
import { regionToken } from "./bench-control-plane.ts";
import { pushWebhook, sendDelivery } from "./send-delivery.ts";
import { REGIONS, type SteadyScript } from "./steady-fleet.ts";

const WAIT_MS_MAX = 120_000;
const EVERY_MS = 20;

/**
 * Changes a script by a pull request, waits until its check is green and so its bundle built, merges it, and tells of
 * the push. Milliseconds from the answer to that webhook until the first region's document that holds the new revision is
 * answered with its ETag.
 */
export async function mergeOnce(
  forge: BenchForge,
  controlPlaneUrl: string,
  script: SteadyScript,
): Promise<number> {
  const octokit = new Octokit({ auth: forge.token, baseUrl: forge.api });
  const { id, name } = script.repository;
  const where = { owner: "acme", repo: name };
  const head = await branchWithChange(octokit, script);
  const { data: pull } = await octokit.rest.pulls.create({
    ...where,
    title: "Answer otherwise",
    head: "change",
    base: "main",
  });
  const opened = { action: "opened", number: pull.number, pull_request: { number: pull.number } };
  const repository = { id, name, full_name: `acme/${name}` };
  const { webhookSecret } = forge.app;
  await sendDelivery(controlPlaneUrl, webhookSecret, {
    event: "pull_request",
    payload: { ...opened, repository, installation: { id: 1 } },
  });
  await until(`a green check on ${name}`, async () => {
    const { data } = await octokit.rest.checks.listForRef({ ...where, ref: head });
    return data.check_runs.some(({ conclusion }) => conclusion === "success" || conclusion === "neutral");
  });
  const { etag: before } = await documentOf(controlPlaneUrl, null);
  await octokit.rest.pulls.merge({ ...where, pull_number: pull.number });
  const status = await sendDelivery(controlPlaneUrl, webhookSecret, pushWebhook(script.repository, id));
  const acknowledgedMs = performance.now();
  if (status !== 200) throw new Error(`the push was answered ${status}`);
  let atMs = 0;
  await until(`a document with the merge of ${name}`, async () => {
    const { etag, document, answeredMs } = await documentOf(controlPlaneUrl, before);
    atMs = answeredMs;
    const served = document?.scripts.find((candidate) => candidate.name === script.name);
    return etag !== before && served?.instances.length === 2;
  });
  return atMs - acknowledgedMs;
}

async function branchWithChange(octokit: Octokit, { name, repository }: SteadyScript): Promise<string> {
  const where = { owner: "acme", repo: repository.name };
  await octokit.rest.git.createRef({ ...where, ref: "refs/heads/change", sha: repository.head });
  const { data: old } = await octokit.rest.repos.getContent({ ...where, path: "index.js", ref: "change" });
  const sha = "sha" in old ? old.sha : "";
  const text = `export default { fetch: () => new Response("${name} as it is now") };\n`;
  const { data } = await octokit.rest.repos.createOrUpdateFileContents({
    ...where,
    path: "index.js",
    branch: "change",
    message: "Answer otherwise",
    content: Buffer.from(text).toString("base64"),
    sha,
  });
  return data.commit.sha ?? "";
}

/** The first region's document; null when it still has the ETag that is known. */
export async function documentOf(
  controlPlaneUrl: string,
  known: string | null,
): Promise<{
  readonly etag: string | null;
  readonly document: RegionDocument | null;
  /** When the answer's head was here: reading megabytes is not the control plane's time. */
  readonly answeredMs: number;
}> {
  const region = REGIONS[0] ?? "";
  const answer = await fetch(`${controlPlaneUrl}/api/regions/${region}/document`, {
    headers: {
      authorization: `Bearer ${regionToken(region)}`,
      ...(known !== null && { "if-none-match": known }),
    },
  });
  const answeredMs = performance.now();
  const text = await answer.text();
  const document: RegionDocument | null = answer.status === 200 ? JSON.parse(text) : null;
  return { etag: answer.headers.get("etag"), document, answeredMs };
}

export async function until(what: string, look: () => Promise<boolean>): Promise<void> {
  const endsMs = performance.now() + WAIT_MS_MAX;
  while (!(await look())) {
    if (performance.now() > endsMs) throw new Error(`${what}: not within ${WAIT_MS_MAX} ms`);
    await sleep(EVERY_MS);
  }
}

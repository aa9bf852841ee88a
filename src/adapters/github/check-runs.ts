import type { ProbotOctokit } from "probot";
import type { CheckEnd, CheckRun, Repository } from "#domain/ports.ts";
import {
  checkRunContent,
  missingAnnotations,
  type CheckRunContent,
  type PresentAnnotation,
} from "./check-run-content.ts";
import { failedStatus } from "./code-host-failure.ts";
import { ownerAndName } from "./installations.ts";
import type { OwnObject } from "./upsert.ts";

const ANNOTATIONS_A_REQUEST = 50;
const ANNOTATIONS_MAX = 1_000;
const RUNS_MAX = 1_000;

/**
 * A check run of our app, by its external id on its commit. GitHub appends the annotations of an update to those it
 * has, so only missing ones are sent; ones of an earlier content stay until the next commit.
 */
export function ownCheckRun(
  octokit: ProbotOctokit,
  appId: number,
  repository: Repository,
  check: CheckRun,
): OwnObject {
  const where = ownerAndName(repository);
  const content = checkRunContent({ ...check, annotations: check.annotations.slice(0, ANNOTATIONS_MAX) });
  return {
    key: `check:${repository.id}:${check.headSha}:${check.externalId}`,
    content,
    find: () => find(octokit, where, appId, check),
    async create() {
      const [first = [], ...rest] = portionsOf(content.annotations);
      const { data } = await octokit.rest.checks.create({
        ...where,
        head_sha: check.headSha,
        ...content.fields,
        output: { ...content.output, annotations: [...first] },
      });
      await send(octokit, where, data.id, content, rest);
      return data.id;
    },
    async update(checkRunId) {
      try {
        const present =
          content.annotations.length === 0 ? [] : await presentAnnotations(octokit, where, checkRunId);
        const missing = portionsOf(missingAnnotations(content.annotations, present));
        await send(octokit, where, checkRunId, content, missing.length === 0 ? [[]] : missing);
        return "updated";
      } catch (error) {
        if (failedStatus(error) === 404) return "gone";
        throw error;
      }
    },
  };
}

/** The end of a check run of our app, if it is still under way. One that is not there needs none. */
export function ownCheckEnd(
  octokit: ProbotOctokit,
  appId: number,
  repository: Repository,
  end: CheckEnd,
): OwnObject {
  const where = ownerAndName(repository);
  const none = 0;
  return {
    key: `check-end:${repository.id}:${end.headSha}:${end.externalId}`,
    content: end,
    find: () => find(octokit, where, appId, end),
    create: () => Promise.resolve(none),
    async update(checkRunId) {
      if (checkRunId === none) return "gone";
      const { data } = await octokit.rest.checks.get({ ...where, check_run_id: checkRunId });
      if (data.status === "completed") return "updated";
      await octokit.rest.checks.update({
        ...where,
        check_run_id: checkRunId,
        status: "completed",
        conclusion: "cancelled",
        output: { title: end.title, summary: end.summary },
        actions: [],
      });
      return "updated";
    },
  };
}

interface Where {
  readonly owner: string;
  readonly repo: string;
}

/** Updates once for each portion of annotations. */
async function send(
  octokit: ProbotOctokit,
  where: Where,
  checkRunId: number,
  content: CheckRunContent,
  portions: readonly CheckRunContent["annotations"][],
): Promise<void> {
  for (const portion of portions) {
    await octokit.rest.checks.update({
      ...where,
      check_run_id: checkRunId,
      ...content.fields,
      output: { ...content.output, annotations: [...portion] },
    });
  }
}

function portionsOf(annotations: CheckRunContent["annotations"]): CheckRunContent["annotations"][] {
  const count = Math.ceil(annotations.length / ANNOTATIONS_A_REQUEST);
  return Array.from({ length: count }, (_, index) =>
    annotations.slice(index * ANNOTATIONS_A_REQUEST, (index + 1) * ANNOTATIONS_A_REQUEST),
  );
}

async function find(
  octokit: ProbotOctokit,
  where: Where,
  appId: number,
  check: Pick<CheckRun, "headSha" | "externalId">,
): Promise<number | null> {
  const query = { ...where, ref: check.headSha, app_id: appId, filter: "all" as const, per_page: 100 };
  const ids: number[] = [];
  let seen = 0;
  for await (const page of octokit.paginate.iterator(octokit.rest.checks.listForRef, query)) {
    const runs = page.data;
    const ours = runs.filter((run) => run.app?.id === appId && run.external_id === check.externalId);
    ids.push(...ours.map((run) => run.id));
    seen += runs.length;
    if (seen >= RUNS_MAX) break;
  }
  // Two can only come of two processes that broke the rule of one owner a key; all then agree on the first.
  return ids.length === 0 ? null : Math.min(...ids);
}

async function presentAnnotations(
  octokit: ProbotOctokit,
  where: Where,
  checkRunId: number,
): Promise<PresentAnnotation[]> {
  const present: PresentAnnotation[] = [];
  const query = { ...where, check_run_id: checkRunId, per_page: 100 };
  for await (const page of octokit.paginate.iterator(octokit.rest.checks.listAnnotations, query)) {
    present.push(...page.data);
    if (present.length >= 10 * ANNOTATIONS_MAX) break;
  }
  return present;
}

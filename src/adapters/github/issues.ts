import type { ProbotOctokit } from "probot";
import type { OwnIssue, Repository } from "#domain/ports.ts";
import { boundedText } from "./bounded-text.ts";
import { failedStatus } from "./code-host-failure.ts";
import { lastLine, markerLine } from "./comments.ts";
import { ownerAndName } from "./installations.ts";
import type { OwnObject } from "./upsert.ts";

const BODY_BYTES_MAX = 65_535;
const ISSUES_MAX = 2_000;

/** The issue of our app that carries the marker on its last line, open or closed; the oldest where there are two. */
export function ownIssue(
  octokit: ProbotOctokit,
  botLogin: string,
  repository: Repository,
  issue: OwnIssue,
): OwnObject {
  const where = ownerAndName(repository);
  const { marker, title, state, labels } = issue;
  const last = markerLine(marker);
  const body = `${boundedText(issue.body, BODY_BYTES_MAX - Buffer.byteLength(last) - 2)}\n\n${last}`;
  return {
    key: `issue:${repository.id}:${marker}`,
    content: { title, body, state },
    async find() {
      let seen = 0;
      const query = { ...where, state: "all" as const, direction: "asc" as const, per_page: 100 };
      const list = octokit.rest.issues.listForRepo;
      for await (const page of octokit.paginate.iterator(list, { ...query, labels: labels[0] ?? "" })) {
        const own = page.data.find(
          (one) =>
            one.pull_request === undefined &&
            one.user?.login === botLogin &&
            lastLine(one.body ?? "") === last,
        );
        if (own !== undefined) return own.number;
        seen += page.data.length;
        if (seen >= ISSUES_MAX) break;
      }
      return null;
    },
    async create() {
      const { data } = await octokit.rest.issues.create({ ...where, title, body, labels: [...labels] });
      if (state === "closed") {
        await octokit.rest.issues.update({ ...where, issue_number: data.number, state });
      }
      return data.number;
    },
    async update(number) {
      try {
        const { data } = await octokit.rest.issues.get({ ...where, issue_number: number });
        if (data.title !== title || data.body !== body || data.state !== state) {
          await octokit.rest.issues.update({ ...where, issue_number: number, title, body, state });
        }
        return "updated";
      } catch (error) {
        const status = failedStatus(error);
        if (status === 404 || status === 410) return "gone";
        throw error;
      }
    },
  };
}

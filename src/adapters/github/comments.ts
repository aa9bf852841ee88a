import type { ProbotOctokit } from "probot";
import { CodeHostError, type Repository } from "#domain/ports.ts";
import { boundedText } from "./bounded-text.ts";
import { failedStatus } from "./code-host-failure.ts";
import { ownerAndName } from "./installations.ts";
import type { OwnObject } from "./upsert.ts";

const BODY_BYTES_MAX = 65_535;
const COMMENTS_MAX = 10_000;

/**
 * The comment of our app that carries the marker on its last line. Anybody can write the marker, so a comment counts
 * only when our own bot wrote it, and text above the last line counts nowhere.
 */
export function ownComment(
  octokit: ProbotOctokit,
  botLogin: string,
  repository: Repository,
  issue: number,
  marker: string,
  body: string,
): OwnObject {
  const where = ownerAndName(repository);
  const last = markerLine(marker);
  const content = `${boundedText(body, BODY_BYTES_MAX - Buffer.byteLength(last) - 2)}\n\n${last}`;
  return {
    key: `comment:${repository.id}:${issue}:${marker}`,
    content,
    async find() {
      let seen = 0;
      const query = { ...where, issue_number: issue, per_page: 100 };
      for await (const page of octokit.paginate.iterator(octokit.rest.issues.listComments, query)) {
        const own = page.data.find(
          (one) => one.user?.login === botLogin && lastLine(one.body ?? "") === last,
        );
        if (own !== undefined) return own.id;
        seen += page.data.length;
        if (seen >= COMMENTS_MAX) break;
      }
      return null;
    },
    async create() {
      const { data } = await octokit.rest.issues.createComment({
        ...where,
        issue_number: issue,
        body: content,
      });
      return data.id;
    },
    async update(commentId) {
      try {
        const { data } = await octokit.rest.issues.getComment({ ...where, comment_id: commentId });
        if (data.body !== content) {
          await octokit.rest.issues.updateComment({ ...where, comment_id: commentId, body: content });
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

/** The hidden last line of a comment. Throws for a marker that could end its HTML comment. */
export function markerLine(marker: string): string {
  if (!/^[\w.:@/-]{1,200}$/.test(marker) || marker.includes("--") || marker.endsWith("-")) {
    throw new CodeHostError("terminal", `${JSON.stringify(marker)} cannot mark a comment`);
  }
  return `<!-- showrunner:${marker} -->`;
}

export function lastLine(body: string): string {
  return body.trimEnd().split(/\r?\n/).at(-1) ?? "";
}

import { accountById } from "../accounts.ts";
import type { Commit } from "../git/commit.ts";
import type { Github } from "../github.ts";
import { openPulls } from "../pulls.ts";
import type { CheckRun, Pull, Repository } from "../records.ts";

/** HTML that is safe to put into a page: made by `html` from escaped values only. */
type Html = { readonly safe: string };

const STYLE =
  "body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1f2328}" +
  "pre{white-space:pre-wrap;background:#f6f8fa;border:1px solid #d1d9e0;border-radius:6px;padding:.75rem}" +
  "a{color:#0969da}h2{margin-top:2rem;font-size:1.1rem}li{margin:.25rem 0}code{font-size:.9em}";

/** A repository: its branches and open pull requests. */
export async function repositoryPage(github: Github, repository: Repository): Promise<string> {
  const branches = [...(await github.git.at(repository).refs("refs/heads"))];
  const base = `/${repository.owner}/${repository.name}`;
  const pulls = openPulls(github, repository);
  return page(
    `${repository.owner}/${repository.name}`,
    html`<p>${repository.description ?? ""}</p>
      <p><code>git clone ${github.urls.html(repository)}.git</code></p>
      <h2>Open pull requests</h2>
      <ul>
        ${pulls.map(
          ({ number, title }) => html`<li><a href="${base}/pull/${number}">#${number} ${title}</a></li>`,
        )}
      </ul>
      <h2>Branches</h2>
      <ul>
        ${branches.map(
          ([ref, sha]) =>
            html`<li>
              ${ref.slice(11)} <a href="${base}/commit/${sha}"><code>${sha.slice(0, 7)}</code></a>
            </li>`,
        )}
      </ul>`,
  );
}

/** A pull request: its description, checks and comments. */
export function pullPage(github: Github, repository: Repository, issue: Pull): string {
  const { pull } = issue;
  const base = `/${repository.owner}/${repository.name}`;
  const comments = github.store.comments.list(repository.id, String(issue.number));
  const state = pull.merge === null ? issue.state : "merged";
  return page(
    `${issue.title} · #${issue.number}`,
    html`<p>
        <a href="${base}">${repository.owner}/${repository.name}</a> · <strong>${state}</strong> ·
        ${accountById(github, issue.authorId).login} wants <code>${pull.headRef}</code> in
        <code>${pull.baseRef}</code> ·
        <a href="${base}/commit/${pull.headSha}"><code>${pull.headSha.slice(0, 7)}</code></a>
      </p>
      <pre>${issue.body ?? "No description."}</pre>
      ${checks(github.store.checkRuns.list(repository.id, pull.headSha))}
      <h2>Comments</h2>
      ${comments.map(
        (comment) =>
          html`<p id="issuecomment-${comment.id}">
              ${accountById(github, comment.authorId).login}, ${comment.updatedAt}
            </p>
            <pre>${comment.body}</pre>`,
      )}`,
  );
}

/** A commit: its message and checks. */
export function commitPage(github: Github, repository: Repository, commit: Commit): string {
  const base = `/${repository.owner}/${repository.name}`;
  return page(
    `Commit ${commit.oid.slice(0, 7)}`,
    html`<p><a href="${base}">${repository.owner}/${repository.name}</a> · ${commit.author.name}</p>
      <pre>${commit.message}</pre>
      ${checks(github.store.checkRuns.list(repository.id, commit.oid))}`,
  );
}

function checks(runs: readonly CheckRun[]): Html {
  return html`<h2>Checks</h2>
    ${runs.map(
      (run) =>
        html`<h3>${run.name}: ${run.conclusion ?? run.status}</h3>
          <p>${run.output.title ?? ""}</p>
          <pre>${run.output.summary ?? ""}</pre>
          <ul>
            ${run.annotations.map(
              (each) =>
                html`<li>
                  ${each.annotation_level} <code>${each.path}:${each.start_line}</code> ${each.message}
                </li>`,
            )}
          </ul>`,
    )}`;
}

function page(title: string, body: Html): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <title>${title}</title>
        <style>
          ${{ safe: STYLE }}
        </style>
      </head>
      <body>
        <h1>${title}</h1>
        ${body}
      </body>
    </html>`.safe;
}

function html(
  strings: TemplateStringsArray,
  ...values: readonly (string | number | Html | readonly Html[])[]
): Html {
  const parts = strings.map(
    (text, index) => text + (index < values.length ? escape(values[index] ?? "") : ""),
  );
  return { safe: parts.join("") };
}

function escape(value: string | number | Html | readonly Html[]): string {
  if (typeof value === "object")
    return "safe" in value ? value.safe : value.map((each) => each.safe).join("");
  const codes: Record<string, string> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&#39;",
  };
  return String(value).replaceAll(/[&<>"']/g, (sign) => codes[sign] ?? sign);
}

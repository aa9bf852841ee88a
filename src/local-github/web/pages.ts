import type { Commit } from "../git/commit.ts";
import type { Github } from "../github.ts";
import { isPull } from "../pulls.ts";
import type { Repository } from "../records.ts";
import { canRead, roleOf } from "../access.ts";
import { checkBox, newestRuns } from "./check-view.ts";
import { html, nothing, type Html } from "./html.ts";
import { framed, type Viewer } from "./page-frame.ts";

const CLOSED_SHOWN_MAX = 20;

/** The first page: every repository that the viewer may see. */
export function homePage(github: Github, viewer: Viewer): string {
  const repositories = github.store.repositories
    .list(0)
    .filter((repository) => canRead(viewer.identity, repository))
    .sort((a, b) => a.name.localeCompare(b.name, "en"));
  const rows = repositories.map(({ owner, name, description }) => {
    const path = `/${owner}/${name}`;
    return html`<div class="row">
      <a href="${path}"><strong>${owner}/${name}</strong></a> <span class="soft">${description ?? ""}</span>
    </div>`;
  });
  return framed("Local GitHub", html`Repositories`, html`<section class="box">${rows}</section>`, viewer);
}

/** A repository: its pull requests and branches. */
export async function repositoryPage(
  github: Github,
  repository: Repository,
  viewer: Viewer,
): Promise<string> {
  const branches = [...(await github.git.at(repository).refs("refs/heads"))];
  const base = `/${repository.owner}/${repository.name}`;
  const pulls = github.store.issues.list(repository.id).filter(isPull).toReversed();
  const open = pulls.filter((pull) => pull.state === "open");
  const closed = pulls.filter((pull) => pull.state === "closed").slice(0, CLOSED_SHOWN_MAX);
  const row = ({ number, title, pull, state }: (typeof pulls)[number]) => {
    const words = pull.merge === null ? state : "merged";
    return html`<div class="row">
      <span class="state ${words}">${words}</span> <a href="${base}/pull/${number}">${title}</a>
      <span class="soft">#${number}</span>
    </div>`;
  };
  return framed(
    `${repository.owner}/${repository.name}`,
    html`${repository.owner}/${repository.name}`,
    html`<p>${repository.description ?? ""}</p>
      <pre>git clone ${github.urls.html(repository)}.git</pre>
      <section class="box" id="pulls" data-live>
        <header><strong>Pull requests</strong> ${open.length} open</header>
        ${
          pulls.length === 0
            ? html`<p class="inside soft">None yet: push a branch, and open one by REST.</p>`
            : html`${[...open, ...closed].map(row)}`
        }
      </section>
      <section class="box" id="branches" data-live>
        <header><strong>Branches</strong></header>
        ${branches.map(
          ([ref, sha]) =>
            html`<div class="row">
              <span>${ref.slice("refs/heads/".length)}</span>
              <a class="push" href="${base}/commit/${sha}"><code>${sha.slice(0, 7)}</code></a>
            </div>`,
        )}
      </section>`,
    viewer,
  );
}

/** A commit: its message and checks. */
export function commitPage(github: Github, repository: Repository, commit: Commit, viewer: Viewer): string {
  const base = `/${repository.owner}/${repository.name}`;
  const runs = newestRuns(github.store.checkRuns.list(repository.id, commit.oid));
  const role = roleOf(viewer.identity, repository);
  const place = {
    repositoryUrl: github.urls.html(repository),
    back: `${base}/commit/${commit.oid}`,
    canPress: role === "write" || role === "admin",
  };
  const checks: Html =
    runs.length === 0
      ? nothing
      : html`<h2>Checks</h2>
          ${runs.map((run) => checkBox(run, place))}`;
  return framed(
    `Commit ${commit.oid.slice(0, 7)}`,
    html`Commit <small>${commit.oid.slice(0, 7)}</small>`,
    html`<p><a href="${base}">${repository.owner}/${repository.name}</a> · ${commit.author.name}</p>
      <pre>${commit.message}</pre>
      ${checks}`,
    viewer,
  );
}

/** What went wrong with something that a person pressed. */
export function refusalPage(status: number, message: string, viewer: Viewer): string {
  const body = html`<p>${message}</p>
    <p><a href="${viewer.path}">Back</a></p>`;
  return framed(`${status}`, html`That did not work <small>${status}</small>`, body, viewer);
}

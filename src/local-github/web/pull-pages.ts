import { accountById } from "../accounts.ts";
import { roleOf } from "../access.ts";
import { diffFiles } from "../git/diff-files.ts";
import type { Github } from "../github.ts";
import { testMerge } from "../pulls.ts";
import type { CheckRun, Comment, Pull, Repository } from "../records.ts";
import { checkBox, checkRows, newestRuns } from "./check-view.ts";
import { fileDiff } from "./diff-view.ts";
import { html, nothing, type Html } from "./html.ts";
import { renderMarkdown } from "./markdown.ts";
import { framed, type Viewer } from "./page-frame.ts";

export type PullTab = "conversation" | "checks" | "files";

type PullScene = {
  readonly github: Github;
  readonly repository: Repository;
  readonly issue: Pull;
  readonly viewer: Viewer;
  readonly runs: readonly CheckRun[];
  /** The pull request's own path. */
  readonly path: string;
  readonly repositoryUrl: string;
  readonly canWrite: boolean;
};

/** A pull request: what was said, what the checks say, and what it changes. */
export async function pullPage(
  github: Github,
  repository: Repository,
  found: Pull,
  tab: PullTab,
  viewer: Viewer,
): Promise<string> {
  const issue = await testMerge(github, repository, found);
  const role = roleOf(viewer.identity, repository);
  const scene: PullScene = {
    github,
    repository,
    issue,
    viewer,
    runs: newestRuns(github.store.checkRuns.list(repository.id, issue.pull.headSha)),
    path: `/${repository.owner}/${repository.name}/pull/${issue.number}`,
    repositoryUrl: github.urls.html(repository),
    canWrite: role === "write" || role === "admin",
  };
  const body = html`${subtitle(scene)} ${tabs(scene, tab)} ${await tabBody(scene, tab)}`;
  const heading = html`${issue.title} <small>#${issue.number}</small>`;
  return framed(
    `${issue.title} · #${issue.number} · ${repository.owner}/${repository.name}`,
    heading,
    body,
    viewer,
  );
}

function tabBody(scene: PullScene, tab: PullTab): Html | Promise<Html> {
  switch (tab) {
    case "conversation":
      return conversation(scene);
    case "checks":
      return checks(scene);
    case "files":
      return files(scene);
    default:
      return tab satisfies never;
  }
}

function subtitle({ github, repository, issue }: PullScene): Html {
  const { pull } = issue;
  const state = pull.merge === null ? issue.state : "merged";
  const base = `/${repository.owner}/${repository.name}`;
  return html`<div id="subtitle" data-live>
    <p class="soft">
      <span class="state ${state}">${state}</span>
      <strong>${accountById(github, issue.authorId).login}</strong> wants to bring
      <code>${pull.headRef}</code> into <code>${pull.baseRef}</code> of
      <a href="${base}">${repository.owner}/${repository.name}</a>, at
      <a href="${base}/commit/${pull.headSha}"><code>${pull.headSha.slice(0, 7)}</code></a>
      ${issue.labels.map((label) => html` <span class="label">${label}</span>`)}
    </p>
  </div>`;
}

function tabs({ path, runs }: PullScene, current: PullTab): Html {
  const tab = (name: PullTab, address: string, words: string) =>
    html`<a href="${address}" ${name === current ? html`aria-current="page"` : nothing}>${words}</a>`;
  return html`<nav class="tabs" aria-label="Pull request">
    ${tab("conversation", path, "Conversation")} ${tab("checks", `${path}/checks`, `Checks ${runs.length}`)}
    ${tab("files", `${path}/files`, "Files changed")}
  </nav>`;
}

function conversation(scene: PullScene): Html {
  const { github, repository, issue, path, runs } = scene;
  const comments = github.store.comments.list(repository.id, String(issue.number));
  return html`<section class="box">
      <header>
        <strong>${accountById(github, issue.authorId).login}</strong> opened this on
        ${moment(issue.createdAt)}
      </header>
      <div class="inside text">
        ${
          issue.body === null
            ? html`<p class="soft">No description.</p>`
            : renderMarkdown(issue.body, scene.repositoryUrl)
        }
      </div>
    </section>
    <div id="comments" data-live>${comments.map((comment) => commentBox(scene, comment))}</div>
    <section class="box" id="checks" data-live>
      <header><strong>Checks</strong></header>
      ${checkRows(runs, `${path}/checks`)} ${mergeRow(scene)}
    </section>
    ${commentForm(scene)}`;
}

function commentBox({ github, repository, repositoryUrl }: PullScene, comment: Comment): Html {
  const author = accountById(github, comment.authorId);
  const edited = comment.updatedAt === comment.createdAt ? nothing : html` · edited`;
  const reactions = new Map<string, number>();
  for (const { content } of github.store.reactions.list(repository.id, String(comment.id))) {
    reactions.set(content, (reactions.get(content) ?? 0) + 1);
  }
  return html`<section class="box ${author.kind === "Bot" ? "bot" : ""}" id="issuecomment-${comment.id}">
    <header><strong>${author.login}</strong> commented on ${moment(comment.createdAt)}${edited}</header>
    <div class="inside">
      <div class="text">${renderMarkdown(comment.body, repositoryUrl)}</div>
      ${
        reactions.size === 0
          ? nothing
          : html`<p>
              ${[...reactions].map(
                ([content, count]) =>
                  html`<span class="reaction" title="${content}"
                    >${EMOJI[content] ?? content} ${count}</span
                  > `,
              )}
            </p>`
      }
    </div>
  </section>`;
}

const EMOJI: Record<string, string> = {
  "+1": "👍",
  "-1": "👎",
  laugh: "😄",
  hooray: "🎉",
  confused: "😕",
  heart: "❤️",
  rocket: "🚀",
  eyes: "👀",
};

function mergeRow(scene: PullScene): Html {
  const { issue, canWrite, path } = scene;
  const { pull } = issue;
  if (pull.merge !== null) {
    return html`<div class="row">
      <span class="mark neutral">Merged</span> as <code>${pull.merge.sha.slice(0, 7)}</code> on
      ${moment(pull.merge.at)}
    </div>`;
  }
  if (issue.state === "closed") {
    return html`<div class="row">
      <span class="mark neutral">Closed</span> ${canWrite ? stateButton(path, "open", "Reopen") : nothing}
    </div>`;
  }
  const words = {
    clean: html`<span class="mark good">✓ no conflicts</span>`,
    conflict: html`<span class="mark bad">✕ conflicts with ${pull.baseRef}</span>`,
    unknown: html`<span class="mark busy">● checking for conflicts</span>`,
  }[pull.mergeability.kind];
  if (!canWrite) {
    return html`<div class="row">
      ${words} <span class="push soft">Only people with write access may merge.</span>
    </div>`;
  }
  const ready = pull.mergeability.kind === "clean" && !pull.draft;
  return html`<div class="row">
    ${words}
    <span class="push">
      <form class="inline" method="post" action="${path}/merge">
        <input type="hidden" name="sha" value="${pull.headSha}" />
        <button class="go" ${ready ? nothing : html`disabled`}>Merge pull request</button>
      </form>
      ${stateButton(path, "closed", "Close")}
    </span>
  </div>`;
}

function stateButton(path: string, state: string, words: string): Html {
  return html`<form class="inline" method="post" action="${path}/state">
    <input type="hidden" name="state" value="${state}" />
    <button>${words}</button>
  </form>`;
}

function commentForm({ viewer, path }: PullScene): Html {
  if (viewer.identity.kind !== "user") {
    return html`<p class="soft">
      <a href="/login?back=${encodeURIComponent(viewer.path)}">Sign in</a> to comment, to press a check's
      buttons or to merge.
    </p>`;
  }
  return html`<form method="post" action="${path}/comments">
    <label for="body"><h2>Add a comment</h2></label>
    <textarea id="body" name="body" required maxlength="65536"></textarea>
    <p><button class="go">Comment</button></p>
  </form>`;
}

function checks({ runs, repositoryUrl, path, canWrite }: PullScene): Html {
  if (runs.length === 0)
    return html`<p class="soft" id="no-checks" data-live>No check has reported on this commit yet.</p>`;
  return html`${runs.map((run) =>
    checkBox(run, { repositoryUrl, back: `${path}/checks`, canPress: canWrite }),
  )}`;
}

async function files({ github, repository, issue, runs }: PullScene): Promise<Html> {
  const git = github.git.at(repository);
  const { baseSha, headSha } = issue.pull;
  const from = (await git.mergeBase(baseSha, headSha)) ?? baseSha;
  const changed = await diffFiles(git.directory, from, headSha);
  const annotations = runs.flatMap((run) => run.annotations);
  return html`${changed.map((file) => fileDiff(file, annotations))}`;
}

function moment(time: string): Html {
  return html`<time datetime="${time}">${time.replace("T", " ").replace("Z", " UTC")}</time>`;
}

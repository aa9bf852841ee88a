import { actor } from "../accounts.ts";
import { bodyOf, inRepository, must, param, type Reply, type RepositoryCall, type Routes } from "../call.ts";
import { EMPTY_TREE, ZERO, type TreeEdit } from "../git/bare-repository.ts";
import { typeOfMode, type TreeEntry } from "../git/tree.ts";
import { isShortRefName, isTreePath } from "../git/names.ts";
import { HttpError, notFound } from "../http-error.ts";
import { changeRefs, whileLocked } from "../ref-changes.ts";
import { gitCommitJson } from "../representations/commit.ts";
import type { Json } from "../representations/json.ts";
import { decodeBase64, encodeBase64 } from "./base64.ts";
import { authorsOf, type GivenAuthors } from "./git-data.ts";

const FILE_BYTES_MAX = 100 * 1024 * 1024;
/** Larger files come without their content, unless asked for raw. */
const INLINE_BYTES_MAX = 1024 * 1024;

type Change = GivenAuthors & { message: string; content: string; sha: string; branch: string };

/** Files and folders by path. */
export const contentRoutes: Routes = {
  "repos/get-content": inRepository("contents:read", getContent),
  "repos/create-or-update-file-contents": inRepository("contents:write", (call) => {
    const body = bodyOf<Change>(call);
    return changeFile(call, decodeBase64(must(body.content, "content")));
  }),
  "repos/delete-file": inRepository("contents:write", (call) => changeFile(call, null)),
};

async function getContent(call: RepositoryCall): Promise<Reply> {
  const { git, repository, query } = call;
  const path = pathParam(call);
  const asked = query.get("ref") || repository.defaultBranch;
  const commit = await git.resolveCommit(asked);
  if (commit === undefined) throw new HttpError(404, `No commit found for the ref ${asked}`);
  const entry = await git.entryAt((await git.mustCommit(commit)).tree, path);
  if (entry === undefined) throw notFound();
  if (entry.mode === "040000") {
    const entries = (await git.tree(entry.oid)) ?? [];
    const body = await Promise.all(
      entries.map((each) => entryJson(call, asked, path === "" ? each.name : `${path}/${each.name}`, each)),
    );
    return { status: 200, body };
  }
  if (entry.mode === "160000") {
    return { status: 200, body: { ...(await entryJson(call, asked, path, entry)), submodule_git_url: null } };
  }
  const size = (await git.info(entry.oid))?.size ?? 0;
  if (size > FILE_BYTES_MAX) throw new HttpError(403, "This API returns blobs up to 100 MB in size.");
  const content = (await git.read(entry.oid))?.content ?? Buffer.alloc(0);
  if (/application\/vnd\.github(?:\.v3)?\.raw/.test(call.accept)) {
    return {
      status: 200,
      body: content,
      headers: { "content-type": "application/vnd.github.raw; charset=utf-8" },
    };
  }
  const file = await entryJson(call, asked, path, entry);
  if (entry.mode === "120000") return { status: 200, body: { ...file, target: content.toString("utf8") } };
  const inline = size <= INLINE_BYTES_MAX;
  const body = {
    ...file,
    encoding: inline ? "base64" : "none",
    content: inline ? encodeBase64(content) : "",
  };
  return { status: 200, body };
}

async function changeFile(call: RepositoryCall, content: Buffer | null): Promise<Reply> {
  const { github, repository, identity } = call;
  const path = pathParam(call);
  if (path === "") throw new HttpError(422, "path contains a malformed path component");
  const body = bodyOf<Change>(call);
  const message = must(body.message, "message");
  const branch = body.branch ?? repository.defaultBranch;
  if (!isShortRefName(branch)) throw new HttpError(404, `Branch ${branch} not found`);
  return whileLocked(github, repository, async () => {
    const git = github.git.at(repository);
    const before = await git.branch(branch);
    if (before === undefined && repository.pushedAt !== null)
      throw new HttpError(404, `Branch ${branch} not found`);
    const baseTree = before === undefined ? EMPTY_TREE : (await git.mustCommit(before)).tree;
    const old = await git.entryAt(baseTree, path);
    checkSha(path, old, body.sha, content === null);
    const oid = content === null ? null : await git.writeBlob(content);
    const mode = old?.mode === "100755" ? old.mode : "100644";
    const edit: TreeEdit = { path, entry: oid === null ? null : { mode, oid } };
    const tree = await git.editTree(baseTree, [edit]);
    const { author, committer, signed } = authorsOf(call, body);
    const parents = before === undefined ? [] : [before];
    const after = await git.writeCommit({ tree, parents, author, committer, message });
    if (signed) github.store.signedCommits.add({ repositoryId: repository.id, sha: after });
    const scene = { github, repository, sender: actor(github, identity) };
    const change = { ref: `refs/heads/${branch}`, before: before ?? ZERO, after };
    if (!(await changeRefs(scene, [change]))) throw new HttpError(409, "The branch was changed meanwhile");
    const commit = gitCommitJson(github, repository, await git.mustCommit(after));
    const made = oid === null ? null : await entryJson(call, branch, path, { name: "", mode, oid });
    return { status: old === undefined ? 201 : 200, body: { content: made, commit } };
  });
}

function checkSha(
  path: string,
  old: TreeEntry | undefined,
  sha: string | undefined,
  removing: boolean,
): void {
  if (old === undefined) {
    if (removing || sha !== undefined) throw notFound();
    return;
  }
  if (old.mode === "040000") throw new HttpError(422, `"${path}" is a directory`);
  if (sha === undefined) throw new HttpError(422, `Invalid request.\n\n"sha" wasn't supplied.`);
  if (sha !== old.oid) throw new HttpError(409, `${path} does not match ${sha}`);
}

function pathParam(call: RepositoryCall): string {
  const path = param(call, "path").replace(/^\/+|\/+$/g, "");
  if (path !== "" && !isTreePath(path)) throw new HttpError(422, "path contains a malformed path component");
  return path;
}

async function entryJson(call: RepositoryCall, ref: string, path: string, entry: TreeEntry): Promise<Json> {
  const { github, repository, git } = call;
  const encoded = path.split("/").map(encodeURIComponent).join("/");
  const url = `${github.urls.apiRepository(repository)}/contents/${encoded}?ref=${encodeURIComponent(ref)}`;
  const type = typeOfMode(entry.mode);
  const folder = type === "tree";
  const git_url = `${github.urls.apiRepository(repository)}/git/${folder ? "trees" : "blobs"}/${entry.oid}`;
  const html_url = `${github.urls.html(repository)}/${folder ? "tree" : "blob"}/${encodeURIComponent(ref)}/${encoded}`;
  return {
    name: path.split("/").at(-1) ?? "",
    path,
    sha: entry.oid,
    size: type === "blob" ? ((await git.info(entry.oid))?.size ?? 0) : 0,
    url,
    html_url,
    git_url,
    download_url: folder ? null : `${github.urls.html(repository)}/raw/${encodeURIComponent(ref)}/${encoded}`,
    type: contentType(entry.mode),
    _links: { self: url, git: git_url, html: html_url },
  };
}

function contentType(mode: string): string {
  switch (mode) {
    case "040000":
      return "dir";
    case "120000":
      return "symlink";
    case "160000":
      return "submodule";
    default:
      return "file";
  }
}

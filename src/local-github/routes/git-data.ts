import { actor } from "../accounts.ts";
import {
  bodyOf,
  inRepository,
  must,
  param,
  type Call,
  type Reply,
  type RepositoryCall,
  type Routes,
} from "../call.ts";
import { EMPTY_TREE, type TreeEdit } from "../git/bare-repository.ts";
import type { Person } from "../git/commit.ts";
import { isSha, isTreePath } from "../git/names.ts";
import { typeOfMode } from "../git/tree.ts";
import { HttpError, notFound } from "../http-error.ts";
import { person } from "../pulls.ts";
import { gitCommitJson } from "../representations/commit.ts";
import { nodeId, type Json } from "../representations/json.ts";
import { decodeBase64, encodeBase64 } from "./base64.ts";

const BLOB_BYTES_MAX = 100 * 1024 * 1024;
const TREE_ENTRIES_MAX = 100_000;
const MODES = ["100644", "100755", "040000", "160000", "120000"];

export type GivenAuthor = { name: string; email: string; date?: string };
export type GivenAuthors = { author: GivenAuthor; committer: GivenAuthor };

type GivenEntry = { path?: string; mode?: string; type?: string; sha?: string | null; content?: string };

/** Git's own objects: blobs, trees and commits. */
export const gitDataRoutes: Routes = {
  "git/create-blob": inRepository("contents:write", async (call) => {
    const { content = "", encoding = "utf-8" } = bodyOf<{ content: string; encoding: string }>(call);
    const bytes = encoding === "base64" ? decodeBase64(content) : Buffer.from(content, "utf8");
    const sha = await call.git.writeBlob(bytes);
    return { status: 201, body: { sha, url: blobUrl(call, sha) } };
  }),
  "git/get-blob": inRepository("contents:read", getBlob),
  "git/create-tree": inRepository("contents:write", createTree),
  "git/get-tree": inRepository("contents:read", getTree),
  "git/create-commit": inRepository("contents:write", createCommit),
  "git/get-commit": inRepository("contents:read", async ({ github, repository, git, ...call }) => {
    const commit = await git.commit(call.params["commit_sha"] ?? "");
    if (commit === undefined) throw notFound();
    return { status: 200, body: gitCommitJson(github, repository, commit) };
  }),
};

/** Author and committer of a commit made by REST. GitHub signs it when an app names neither. */
export function authorsOf(
  call: Call,
  given: Partial<GivenAuthors>,
): { author: Person; committer: Person; signed: boolean } {
  const self = person(call.github, actor(call.github, call.identity));
  const author = given.author === undefined ? self : givenPerson(given.author, self);
  const committer = given.committer === undefined ? author : givenPerson(given.committer, self);
  const signed =
    call.identity.kind === "installation" && given.author === undefined && given.committer === undefined;
  return { author, committer, signed };
}

function givenPerson({ name, email, date }: GivenAuthor, self: Person): Person {
  const timeMs = date === undefined ? self.timeMs : Date.parse(date);
  if (Number.isNaN(timeMs)) throw new HttpError(422, "date is not a valid time");
  return { name, email, timeMs, zone: "+0000" };
}

async function getBlob(call: RepositoryCall): Promise<Reply> {
  const sha = param(call, "file_sha");
  const info = isSha(sha) ? await call.git.info(sha) : undefined;
  if (info?.type !== "blob") throw notFound();
  if (info.size > BLOB_BYTES_MAX) throw new HttpError(403, "This API returns blobs up to 100 MB in size.");
  const content = (await call.git.read(sha))?.content ?? Buffer.alloc(0);
  if (/application\/vnd\.github(?:\.v3)?\.raw/.test(call.accept)) {
    return {
      status: 200,
      body: content,
      headers: { "content-type": "application/vnd.github.raw; charset=utf-8" },
    };
  }
  const body = { sha, node_id: nodeId("Blob", sha), size: info.size, url: blobUrl(call, sha) };
  return { status: 200, body: { ...body, content: encodeBase64(content), encoding: "base64" } };
}

async function createTree(call: RepositoryCall): Promise<Reply> {
  const { git } = call;
  const body = bodyOf<{ tree: GivenEntry[]; base_tree: string }>(call);
  const base = body.base_tree === undefined ? EMPTY_TREE : await treeOf(call, body.base_tree);
  if (base === undefined) throw new HttpError(422, "base_tree is not a valid tree");
  const edits = await Promise.all(must(body.tree, "tree").map((entry) => editOf(call, entry)));
  const sha = await git.editTree(base, edits);
  return { status: 201, body: await treeJson(call, sha, false) };
}

async function editOf({ git }: RepositoryCall, entry: GivenEntry): Promise<TreeEdit> {
  const { path = "", mode = "100644", sha, content } = entry;
  if (!isTreePath(path)) throw new HttpError(422, "tree.path contains a malformed path component");
  if (!MODES.includes(mode)) throw new HttpError(422, "Must supply a valid tree.mode");
  if (sha === null) return { path, entry: null };
  if (sha === undefined) {
    if (content === undefined) throw new HttpError(422, "Must supply either tree.sha or tree.content");
    return { path, entry: { mode, oid: await git.writeBlob(Buffer.from(content, "utf8")) } };
  }
  // A submodule's commit lives elsewhere; everything else must be here.
  const found = isSha(sha) ? await git.info(sha) : undefined;
  const fits = mode === "160000" ? isSha(sha) : found?.type === typeOfMode(mode);
  if (!fits) throw new HttpError(422, `tree.sha ${sha} is not a valid ${typeOfMode(mode)}`);
  return { path, entry: { mode, oid: sha } };
}

async function getTree(call: RepositoryCall): Promise<Reply> {
  const tree = await treeOf(call, param(call, "tree_sha"));
  if (tree === undefined) throw notFound();
  const recursive = call.query.get("recursive");
  return { status: 200, body: await treeJson(call, tree, recursive !== null && recursive !== "") };
}

/** A tree's id from its own, a commit's, or a branch's or tag's name. */
async function treeOf({ git }: RepositoryCall, name: string): Promise<string | undefined> {
  if (name === EMPTY_TREE) return name;
  if (isSha(name) && (await git.info(name))?.type === "tree") return name;
  const commit = await git.resolveCommit(name);
  return commit === undefined ? undefined : (await git.mustCommit(commit)).tree;
}

async function treeJson(call: RepositoryCall, sha: string, recursive: boolean): Promise<Json> {
  const { git } = call;
  const items = await git.listTree(sha, recursive);
  const base = call.github.urls.apiRepository(call.repository);
  const tree = await Promise.all(
    items.slice(0, TREE_ENTRIES_MAX).map(async ({ path, mode, oid }) => {
      const type = typeOfMode(mode);
      const url = type === "commit" ? {} : { url: `${base}/git/${type}s/${oid}` };
      const sized = type === "blob" ? { size: (await git.info(oid))?.size ?? 0 } : {};
      return { path, mode, type, sha: oid, ...sized, ...url };
    }),
  );
  return { sha, url: `${base}/git/trees/${sha}`, tree, truncated: items.length > TREE_ENTRIES_MAX };
}

async function createCommit(call: RepositoryCall): Promise<Reply> {
  const { github, repository, git } = call;
  const body = bodyOf<GivenAuthors & { message: string; tree: string; parents: string[] }>(call);
  const tree = must(body.tree, "tree");
  const parents = body.parents ?? [];
  const isTree = tree === EMPTY_TREE || (isSha(tree) && (await git.info(tree))?.type === "tree");
  if (!isTree) throw new HttpError(422, "Tree SHA does not exist");
  for (const parent of parents) {
    const found = isSha(parent) ? await git.info(parent) : undefined;
    if (found?.type !== "commit")
      throw new HttpError(422, "Parent SHA does not exist or is not a commit object");
  }
  const { author, committer, signed } = authorsOf(call, body);
  const sha = await git.writeCommit({
    tree,
    parents,
    author,
    committer,
    message: must(body.message, "message"),
  });
  const known = github.store.signedCommits.count(repository.id, sha) > 0;
  if (signed && !known) github.store.signedCommits.add({ repositoryId: repository.id, sha });
  return { status: 201, body: gitCommitJson(github, repository, await git.mustCommit(sha)) };
}

function blobUrl({ github, repository }: RepositoryCall, sha: string): string {
  return `${github.urls.apiRepository(repository)}/git/blobs/${sha}`;
}

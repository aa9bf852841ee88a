import { actor } from "../accounts.ts";
import { bodyOf, inRepository, must, param, type Reply, type RepositoryCall, type Routes } from "../call.ts";
import { ZERO, type RefChange } from "../git/bare-repository.ts";
import { isRefName, isSha } from "../git/names.ts";
import type { ObjectInfo } from "../git/object-reader.ts";
import { HttpError, notFound } from "../http-error.ts";
import { changeRefs, whileLocked } from "../ref-changes.ts";
import { nodeId, type Json } from "../representations/json.ts";
import { paged } from "../paging.ts";

/** Branches and tags as git knows them. */
export const refRoutes: Routes = {
  "git/get-ref": inRepository("contents:read", async (call) => {
    const ref = refParam(call);
    const found = await call.git.ref(ref);
    if (found === undefined) throw notFound();
    return { status: 200, body: refJson(call, ref, found) };
  }),
  "git/list-matching-refs": inRepository("contents:read", listRefs),
  "git/create-ref": inRepository("contents:write", createRef),
  "git/update-ref": inRepository("contents:write", updateRef),
  "git/delete-ref": inRepository("contents:write", deleteRef),
};

async function listRefs(call: RepositoryCall): Promise<Reply> {
  const prefix = `refs/${param(call, "ref")}`;
  const all = await call.git.refs();
  const { items, headers } = paged(
    call,
    [...all].filter(([ref]) => ref.startsWith(prefix)),
  );
  const infos = await Promise.all(items.map(([, oid]) => call.git.info(oid)));
  const body = items.map(([ref, oid], index) =>
    refJson(call, ref, infos[index] ?? { oid, type: "commit", size: 0 }),
  );
  return { status: 200, headers, body };
}

async function createRef(call: RepositoryCall): Promise<Reply> {
  const body = bodyOf<{ ref: string; sha: string }>(call);
  const ref = must(body.ref, "ref");
  const after = must(body.sha, "sha");
  if (!isRefName(ref)) throw new HttpError(422, "Reference name must be well-formed and start with refs/");
  refuseHidden(ref);
  const target = await demandObject(call, after);
  return whileLocked(call.github, call.repository, async () => {
    if ((await call.git.ref(ref)) !== undefined) throw new HttpError(422, "Reference already exists");
    await move(call, { ref, before: ZERO, after });
    return { status: 201, body: refJson(call, ref, target) };
  });
}

async function updateRef(call: RepositoryCall): Promise<Reply> {
  const body = bodyOf<{ sha: string; force: boolean }>(call);
  const ref = refParam(call);
  const after = must(body.sha, "sha");
  refuseHidden(ref);
  const target = await demandObject(call, after);
  return whileLocked(call.github, call.repository, async () => {
    const before = (await call.git.ref(ref))?.oid;
    if (before === undefined) throw new HttpError(422, "Reference does not exist");
    if (body.force !== true && !(await call.git.isAncestor(before, after))) {
      throw new HttpError(422, "Update is not a fast forward");
    }
    if (before !== after) await move(call, { ref, before, after });
    return { status: 200, body: refJson(call, ref, target) };
  });
}

async function deleteRef(call: RepositoryCall): Promise<Reply> {
  const ref = refParam(call);
  refuseHidden(ref);
  if (ref === `refs/heads/${call.repository.defaultBranch}`) {
    throw new HttpError(422, "Cannot delete the default branch");
  }
  return whileLocked(call.github, call.repository, async () => {
    const before = (await call.git.ref(ref))?.oid;
    if (before === undefined) throw new HttpError(422, "Reference does not exist");
    await move(call, { ref, before, after: ZERO });
    return { status: 204 };
  });
}

async function move({ github, repository, identity }: RepositoryCall, change: RefChange): Promise<void> {
  const scene = { github, repository, sender: actor(github, identity) };
  if (await changeRefs(scene, [change])) return;
  // The lock keeps others out, so git refused the name itself: `a/b` beside a branch `a`.
  throw new HttpError(422, "Reference update failed");
}

function refParam(call: RepositoryCall): string {
  const ref = `refs/${param(call, "ref")}`;
  if (!isRefName(ref)) throw notFound();
  return ref;
}

function refuseHidden(ref: string): void {
  if (!/^refs\/(?:heads|tags)\//.test(ref))
    throw new HttpError(422, "Only refs/heads and refs/tags can be changed");
}

async function demandObject({ git }: RepositoryCall, sha: string): Promise<ObjectInfo> {
  const found = isSha(sha) ? await git.info(sha) : undefined;
  if (found?.type !== "commit" && found?.type !== "tag") throw new HttpError(422, "Object does not exist");
  return found;
}

function refJson({ github, repository }: RepositoryCall, ref: string, { oid, type }: ObjectInfo): Json {
  const base = github.urls.apiRepository(repository);
  return {
    ref,
    node_id: nodeId("Ref", `${repository.id}:${ref}`),
    url: `${base}/git/${ref}`,
    object: { type, sha: oid, url: `${base}/git/${type}s/${oid}` },
  };
}

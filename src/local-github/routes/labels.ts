import {
  bodyOf,
  inRepository,
  must,
  param,
  type Call,
  type Reply,
  type RepositoryCall,
  type Routes,
  sceneOf,
} from "../call.ts";
import { HttpError, notFound } from "../http-error.ts";
import { changeIssue } from "../issues.ts";
import { paged } from "../paging.ts";
import { emitPull, isPull } from "../pulls.ts";
import type { Issue } from "../records.ts";
import { labelJson } from "../representations/label.ts";
import { ISSUE_READ, ISSUE_WRITE, issueParam } from "./issue-param.ts";

export type GivenLabel = string | { name?: string };

const NAME_CHARACTERS_MAX = 50;

/** Labels of a repository, and on its issues and pull requests. */
export const labelRoutes: Routes = {
  "issues/list-labels-for-repo": inRepository(ISSUE_READ, (call) => {
    const { github, repository } = call;
    const { items, headers } = paged(call, github.store.labels.list(repository.id));
    return { status: 200, headers, body: items.map(({ name }) => labelJson(github, repository, name)) };
  }),
  "issues/create-label": inRepository(ISSUE_WRITE, createLabel),
  "issues/get-label": inRepository(ISSUE_READ, (call) => {
    const found = call.github.store.labels.find(call.repository.id, param(call, "name").toLowerCase());
    if (found === undefined) throw notFound();
    return { status: 200, body: labelJson(call.github, call.repository, found.name) };
  }),
  "issues/list-labels-on-issue": inRepository(ISSUE_READ, (call) => {
    const { items, headers } = paged(call, issueParam(call).labels);
    return { status: 200, headers, body: items.map((name) => labelJson(call.github, call.repository, name)) };
  }),
  "issues/add-labels": inRepository(ISSUE_WRITE, (call) => {
    const added = ensureLabels(call, givenLabels(call));
    return setLabels(call, (labels) => [...labels, ...added]);
  }),
  "issues/set-labels": inRepository(ISSUE_WRITE, (call) => {
    const wanted = ensureLabels(call, givenLabels(call));
    return setLabels(call, () => wanted);
  }),
  "issues/remove-label": inRepository(ISSUE_WRITE, (call) => {
    const name = param(call, "name").toLowerCase();
    if (!issueParam(call).labels.some((label) => label.toLowerCase() === name)) {
      throw new HttpError(404, "Label does not exist");
    }
    return setLabels(call, (labels) => labels.filter((label) => label.toLowerCase() !== name));
  }),
};

export function labelNames(labels: readonly GivenLabel[]): string[] {
  return labels.map((label) => (typeof label === "string" ? label : (label.name ?? ""))).filter(Boolean);
}

/** The labels as the repository writes them; those it does not know are made. */
export function ensureLabels({ github, repository }: RepositoryCall, names: readonly string[]): string[] {
  return names.map((name) => {
    if (name.length > NAME_CHARACTERS_MAX)
      throw new HttpError(422, "Label name is too long (maximum is 50 characters)");
    const known = github.store.labels.find(repository.id, name.toLowerCase());
    const label = { repositoryId: repository.id, name, color: "ededed", description: null };
    return (known ?? github.store.labels.add(label)).name;
  });
}

function givenLabels(call: Call): string[] {
  const { body } = call;
  if (typeof body === "string") return [body];
  if (!Array.isArray(body)) return labelNames(bodyOf<{ labels: GivenLabel[] }>(call).labels ?? []);
  return body.flatMap((item: unknown) => labelNames([typeof item === "string" ? item : String(item)]));
}

async function setLabels(call: RepositoryCall, change: (labels: string[]) => string[]): Promise<Reply> {
  const { github, repository } = call;
  const before = issueParam(call);
  const scene = sceneOf(call);
  const after = changeIssue(github, before, scene.sender, ({ labels }) => ({
    labels: [...new Set(change(labels))],
  }));
  await tellLabels(call, before, after);
  return { status: 200, body: after.labels.map((name) => labelJson(github, repository, name)) };
}

async function tellLabels(call: RepositoryCall, before: Issue, after: Issue): Promise<void> {
  if (!isPull(after)) return;
  const { github, repository } = call;
  for (const name of after.labels.filter((label) => !before.labels.includes(label))) {
    await emitPull(sceneOf(call), "pull-request-labeled", after, {
      label: labelJson(github, repository, name),
    });
  }
  for (const name of before.labels.filter((label) => !after.labels.includes(label))) {
    await emitPull(sceneOf(call), "pull-request-unlabeled", after, {
      label: labelJson(github, repository, name),
    });
  }
}

function createLabel(call: RepositoryCall): Reply {
  const { github, repository } = call;
  const body = bodyOf<{ name: string; color: string; description: string }>(call);
  const name = must(body.name, "name");
  if (github.store.labels.find(repository.id, name.toLowerCase()) !== undefined) {
    throw new HttpError(422, "Validation Failed", [
      { resource: "Label", field: "name", code: "already_exists" },
    ]);
  }
  ensureLabels(call, [name]);
  const made = github.store.labels.find(repository.id, name.toLowerCase());
  if (made === undefined) throw new Error("a label was not made");
  const color = body.color ?? made.color;
  github.store.labels.put({ ...made, color, description: body.description ?? null });
  return { status: 201, body: labelJson(github, repository, name) };
}

import { afterAll, beforeEach, describe, expect, it } from "@jest/globals";
import type { Deployment } from "#domain/ports.ts";
import { REPO, startLocalHost } from "./local-host.ts";

const host = await startLocalHost();

afterAll(async () => {
  await host.end();
});

beforeEach(() => host.forget());

describe("upsertDeployment", () => {
  it("makes one deployment a region and rollout, and a status only when it says something new", async () => {
    const { sha } = await host.newPullRequest({ "d1.txt": "1" });
    const id = await host.codeHost.upsertDeployment(host.repository, deployment(sha));
    await host.codeHost.upsertDeployment(host.repository, deployment(sha));
    await host.codeHost.upsertDeployment(
      host.repository,
      deployment(sha, { state: "success", stateDescription: "Live" }),
    );
    host.effects.known.clear();
    const again = deployment(sha, { state: "success", stateDescription: "Live" });
    expect(await host.restarted().upsertDeployment(host.repository, again)).toBe(id);
    await host.codeHost.upsertDeployment(host.repository, deployment(sha, { environment: "us-east-1" }));
    await host.codeHost.upsertDeployment(host.repository, deployment(sha, { rolloutId: "home@1-9e2d" }));
    expect(await deploymentsOf(sha)).toHaveLength(3);
    const { data } = await host.alice.rest.repos.listDeploymentStatuses({ ...REPO, deployment_id: id });
    expect(data.map((one) => one.state)).toEqual(["success", "in_progress"]);
  });

  it("takes no notice of a deployment that somebody else made for the same rollout", async () => {
    const { sha } = await host.newPullRequest({ "d2.txt": "1" });
    const made = await host.alice.rest.repos.createDeployment({
      ...REPO,
      ref: sha,
      environment: "eu-west-1",
      payload: { rolloutId: "artwork@4-9e2d" },
      auto_merge: false,
      required_contexts: [],
    });
    const id = await host.codeHost.upsertDeployment(host.repository, deployment(sha));
    expect(made.data).not.toMatchObject({ id });
    expect(await deploymentsOf(sha)).toHaveLength(2);
  });

  it("adds the status that a crash after the creation left out", async () => {
    const { sha } = await host.newPullRequest({ "d3.txt": "1" });
    host.intercept = ({ method, path }) =>
      method === "POST" && path.endsWith("/statuses")
        ? Promise.reject(new TypeError("fetch failed"))
        : Promise.resolve(null);
    const crashed = host.codeHost.upsertDeployment(host.repository, deployment(sha));
    await expect(crashed).rejects.toMatchObject({ kind: "transient" });
    host.intercept = () => Promise.resolve(null);
    const id = await host.codeHost.upsertDeployment(host.repository, deployment(sha));
    expect(await deploymentsOf(sha)).toHaveLength(1);
    const { data } = await host.alice.rest.repos.listDeploymentStatuses({ ...REPO, deployment_id: id });
    expect(data.map((one) => one.state)).toEqual(["in_progress"]);
  });
});

const deployment = (sha: string, changes: Partial<Deployment> = {}): Deployment => ({
  rolloutId: "artwork@4-9e2d",
  sha,
  environment: "eu-west-1",
  description: "artwork@4",
  state: "in_progress",
  stateDescription: "Wave 1 of 2",
  ...changes,
});

async function deploymentsOf(sha: string) {
  const { data } = await host.alice.rest.repos.listDeployments({ ...REPO, sha });
  return data;
}

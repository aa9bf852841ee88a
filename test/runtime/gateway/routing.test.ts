import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { MetricWindow, RegionInstance } from "#schemas/types.ts";
import { slotOf } from "#runtime/gateway/allocation.ts";
import type { RuntimeNode } from "#runtime/node.ts";
import { FakeControlPlane, script } from "../fake-control-plane.ts";
import { makeTestFolder, startNode, until, type TestFolder } from "../test-node.ts";

const USERS = Array.from({ length: 60 }, (_, index) => `user-${index}`);
const STICKY = { runId: "artwork@1-9e2d", stickyBy: "header:x-user" };

let controlPlane: FakeControlPlane;
let folder: TestFolder;
let node: RuntimeNode;
let stable: string;
let candidate: string;

beforeAll(async () => {
  controlPlane = new FakeControlPlane();
  await controlPlane.start();
  folder = await makeTestFolder(controlPlane);
  node = await startNode(controlPlane, folder);
  const bundle = (text: string): string =>
    controlPlane.addBundle({ name: "artwork" }, `const handler = { fetch: () => new Response("${text}") };`);
  [stable, candidate] = [bundle("stable"), bundle("candidate")];
});

afterAll(async () => {
  await node.stop();
  await controlPlane.stop();
  await folder.remove();
});

/** Publishes the instances beside stable, and waits until all of them serve. */
async function run(...others: RegionInstance[]): Promise<void> {
  const [one] = [script("artwork", stable)];
  controlPlane.publish([{ ...one, instances: [...one.instances, ...others] }]);
  const { generation } = controlPlane;
  await controlPlane.waitForReport(
    ({ document, instances }) =>
      document?.generation === generation &&
      others.every(({ role }) => instances.some((found) => found.role === role && found.state === "serving")),
  );
}

async function ask(
  headers: Record<string, string>,
): Promise<{ status: number; role: string | null; text: string }> {
  const response = await fetch(`${node.gatewayUrl}/artwork`, { headers });
  return {
    status: response.status,
    role: response.headers.get("x-showrunner-role"),
    text: await response.text(),
  };
}

describe("a node that runs a canary", () => {
  it("keeps each user on the role of its slot", async () => {
    await run(
      { role: "canary", digest: candidate, nodesPct: 100, weight: 3000, ...STICKY },
      { role: "baseline", digest: stable, nodesPct: 100, weight: 3000, ...STICKY },
    );
    for (const user of USERS) {
      const slot = slotOf(STICKY.runId, user);
      const role = slot < 3000 ? "canary" : slot < 6000 ? "baseline" : "stable";
      const text = role === "canary" ? "candidate" : "stable";
      await until(async () => (await ask({ "x-user": user })).role === role);
      expect(await ask({ "x-user": user })).toEqual({ status: 200, role, text });
    }
  });

  it("serves a weight of 0 to the bearer of a signed override alone", async () => {
    await run({ role: "preview", digest: candidate, nodesPct: 100 });
    const override = controlPlane.override("artwork", candidate, "2999-01-01T00:00:00Z");
    for (const user of USERS) expect(await ask({ "x-user": user })).toMatchObject({ role: "stable" });
    expect(await ask({ "x-showrunner-override": override })).toMatchObject({
      role: "preview",
      text: "candidate",
    });
  });

  it.each([
    ["that has expired", () => controlPlane.override("artwork", candidate, "2020-01-01T00:00:00Z")],
    ["that nobody signed", () => "e30.AAAA"],
    [
      "of a digest that is not here",
      () => controlPlane.override("artwork", `sha256:${"0".repeat(64)}`, "2999-01-01T00:00:00Z"),
    ],
  ])("refuses an override %s, rather than pass stable off for it", async (_case, header) => {
    const { status, text } = await ask({ "x-showrunner-override": header() });
    expect(status).toBeGreaterThanOrEqual(400);
    expect(JSON.parse(text)).toMatchObject({ error: { script: "artwork" } });
  });

  it("takes what expires out of service by itself", async () => {
    const expiresAt = new Date(Date.now() + 1500).toISOString();
    await run({ role: "canary", digest: candidate, nodesPct: 100, weight: 10_000, ...STICKY, expiresAt });
    await until(async () => (await ask({ "x-user": "ann" })).role === "canary");
    await until(async () => (await ask({ "x-user": "ann" })).role === "stable");
    const report = await controlPlane.waitForReport(
      ({ instances, reportedAt }) =>
        reportedAt > expiresAt && !instances.some(({ role }) => role === "canary"),
    );
    expect(report.document?.generation).toBe(controlPlane.generation);
  });

  it("reports what each role did, minute by minute", async () => {
    await controlPlane.waitForReport(
      ({ metrics }) =>
        metrics?.some(({ role, windows }) => role === "canary" && isMeasured(windows[0])) === true,
    );
  });
});

function isMeasured(window: MetricWindow | undefined): boolean {
  return (
    window !== undefined && window.requests > 0 && window.errors === 0 && window.latencyMs?.accuracy === 0.01
  );
}

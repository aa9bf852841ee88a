import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import type { RuntimeNode } from "#runtime/node.ts";
import { FakeControlPlane, script } from "./fake-control-plane.ts";
import { makeTestFolder, startNode, type TestFolder } from "./test-node.ts";

const CALLER = `const handler = { async fetch(request, env) {
  const [name, method = "GET", body] = decodeURIComponent(new URL(request.url).search.slice(1)).split(",");
  try {
    const init = { method, headers: { "x-mine": "a" }, ...(body === undefined ? {} : { body }) };
    const response = await env.scripts[name].fetch("https://inner/" + name + "/deep?q=1", init);
    return new Response(response.status + " " + response.headers.get("x-showrunner-script") + " " + (await response.text()));
  } catch (error) {
    return new Response(error.name + ": " + error.message);
  }
} };`;

const CALLEE = `const handler = { async fetch(request) {
  if (request.method === "DELETE") throw new Error("no");
  const { pathname, search } = new URL(request.url);
  const mine = request.headers.get("x-mine");
  return new Response([request.method, pathname + search, mine, await request.text()].join(" "));
} };`;

let controlPlane: FakeControlPlane;
let folder: TestFolder;
let node: RuntimeNode;

beforeEach(async () => {
  controlPlane = new FakeControlPlane();
  await controlPlane.start();
  folder = await makeTestFolder(controlPlane);
  node = await startNode(controlPlane, folder);
  const caller = controlPlane.addBundle({ name: "caller" }, CALLER);
  const callee = controlPlane.addBundle({ name: "callee" }, CALLEE);
  controlPlane.publish([script("caller", caller), script("callee", callee)]);
  await controlPlane.waitForReport(({ state }) => state === "ready");
});

afterEach(async () => {
  await node.stop();
  await controlPlane.stop();
  await folder.remove();
});

async function call(query: string, caller = "caller"): Promise<string> {
  return (await fetch(`${node.gatewayUrl}/${caller}?${encodeURIComponent(query)}`)).text();
}

describe("a script that calls another of its region", () => {
  it("gets its answer, and the platform's where there is none", async () => {
    expect(await call("callee")).toBe("200 callee GET /callee/deep?q=1 a ");
    expect(await call("callee,POST,text of mine")).toBe("200 callee POST /callee/deep?q=1 a text of mine");
    expect(await call("callee,DELETE")).toContain('500 null {"error":{"code":"script_error"');
    expect(await call("nobody")).toBe("TypeError: fetch failed: no script nobody is served in this region");
  });

  it("may call itself until its limits end that, and is still there afterwards", async () => {
    const endless = `const handler = { fetch: (request, env) =>
      request.url.endsWith("end") ? new Response("there") : env.scripts.loop.fetch("https://inner/loop") };`;
    const loop = controlPlane.addBundle({ name: "loop" }, endless);
    const callee = controlPlane.addBundle({ name: "callee" }, CALLEE);
    const caller = controlPlane.addBundle({ name: "caller" }, CALLER);
    controlPlane.publish([script("loop", loop), script("callee", callee), script("caller", caller)]);
    await controlPlane.waitForInstance(loop, "serving");
    expect((await fetch(`${node.gatewayUrl}/loop`)).status).toBeGreaterThanOrEqual(500);
    expect((await fetch(`${node.gatewayUrl}/callee/x`)).status).toBe(200);
    expect(await (await fetch(`${node.gatewayUrl}/loop/end`)).text()).toBe("there");
  });

  it("gets it also from a process of its own, where it is once it has cost others their worker", async () => {
    const burning = CALLER.replace(
      "const [name",
      'if (request.url.endsWith("burn")) new Array(1e9).fill(1);\n  const [name',
    );
    const burns = controlPlane.addBundle({ name: "burns" }, burning);
    const callee = controlPlane.addBundle({ name: "callee" }, CALLEE);
    controlPlane.publish([script("burns", burns), script("callee", callee)]);
    await controlPlane.waitForInstance(burns, "serving");
    const isHeldBack = (): boolean =>
      controlPlane.reports.some(({ problems }) =>
        problems.some(({ code, message }) => code === "script_quarantined" && message.startsWith("burns@1")),
      );
    // On a machine without time the first loss is only a suspicion.
    while (!isHeldBack()) await call("burn", "burns");

    const query = "callee,POST,text of mine";
    while ((await call(query, "burns")).includes('"code":'))
      await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await call(query, "burns")).toBe("200 callee POST /callee/deep?q=1 a text of mine");
    expect(await call("nobody", "burns")).toBe(
      "TypeError: fetch failed: no script nobody is served in this region",
    );
  }, 30_000);

  it("is on record with whom it called", async () => {
    await call("callee");
    await call("callee,DELETE");
    await call("nobody");
    const report = await controlPlane.waitForReport(({ metrics }) =>
      (metrics ?? []).some(({ windows }) => windows.some(({ calls }) => calls?.["unknown"] !== undefined)),
    );
    const windows = report.metrics?.find(({ script: name }) => name === "caller")?.windows ?? [];
    const calls = windows.map((window) => window.calls?.["callee"]).filter((count) => count !== undefined);
    expect(calls.reduce((sum, { requests }) => sum + requests, 0)).toBe(2);
    expect(calls.reduce((sum, { errors }) => sum + errors, 0)).toBe(1);
    const text = await (await fetch(`${node.adminUrl}/metrics`)).text();
    expect(text).toMatch(
      /showrunner_script_calls_total\{script="caller",.*callee="callee",outcome="failed"\} 1/,
    );
  });
});

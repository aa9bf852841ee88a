import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import type { RuntimeNode } from "#runtime/node.ts";
import { FakeControlPlane, script } from "./fake-control-plane.ts";
import { makeTestFolder, startNode, until, type TestFolder } from "./test-node.ts";

let controlPlane: FakeControlPlane;
let folder: TestFolder;
let node: RuntimeNode | null;

beforeEach(async () => {
  controlPlane = new FakeControlPlane();
  await controlPlane.start();
  folder = await makeTestFolder(controlPlane);
});

afterEach(async () => {
  await node?.stop();
  node = null;
  await controlPlane.stop();
  await folder.remove();
});

async function start(): Promise<RuntimeNode> {
  node = await startNode(controlPlane, folder);
  return node;
}

async function get(path: string, headers: Record<string, string> = {}): Promise<[number, string]> {
  const response = await fetch(`${node?.gatewayUrl}${path}`, { headers });
  return [response.status, await response.text()];
}

async function expectOldStillServes(code: string): Promise<void> {
  const report = await controlPlane.waitForProblem(code);
  expect(report.document?.generation).toBe(1);
  expect(await get("/hello")).toEqual([200, "good"]);
}

const answering = (text: string): string =>
  `const handler = { fetch: () => new Response(${JSON.stringify(text)}) };`;
const WARMUP = [{ path: "/hello", times: 3, timeoutMs: 1000 }];

describe("provisioning", () => {
  it("serves what the document names, and says who answered", async () => {
    const digest = controlPlane.addBundle({}, answering("hello"));
    controlPlane.publish([script("hello", digest)]);
    await start();
    await controlPlane.waitForInstance(digest, "serving");

    const response = await fetch(`${node?.gatewayUrl}/hello`);

    expect([response.status, await response.text()]).toEqual([200, "hello"]);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "x-showrunner-script": "hello",
      "x-showrunner-revision": digest,
      "x-showrunner-role": "stable",
      "x-showrunner-region": "eu-west-1",
      "x-showrunner-node": "node-1",
    });
  });

  it("is ready only when a document is in force and serves", async () => {
    await start();
    const before = await fetch(`${node?.adminUrl}/readyz`);
    expect(before.status).toBe(503);
    expect(await before.json()).toMatchObject({ reasons: ["no document is in force"] });
    expect(await get("/hello")).toMatchObject([503, expect.stringContaining("not_ready")]);

    const digest = controlPlane.addBundle({}, answering("hello"));
    controlPlane.publish([script("hello", digest)]);
    await controlPlane.waitForReport(({ state }) => state === "ready");

    expect((await fetch(`${node?.adminUrl}/readyz`)).status).toBe(200);
  });

  it("makes its warm-up requests before the first real one", async () => {
    const counting = "let n = 0; const handler = { fetch: () => new Response(String((n += 1))) };";
    const digest = controlPlane.addBundle({ warmup: WARMUP }, counting);
    controlPlane.publish([script("hello", digest)]);
    await start();
    const report = await controlPlane.waitForInstance(digest, "serving");
    expect(await get("/hello")).toEqual([200, "4"]);
    expect(report.warmupMs).toBeGreaterThanOrEqual(0);
    expect(report.requests).toBe(0);
  });

  it("swaps a revision under load without one failed request", async () => {
    const digests = ["one", "two", "three", "four"].map((text) =>
      controlPlane.addBundle(
        { warmup: WARMUP },
        `const handler = { async fetch() { await new Promise((r) => setTimeout(r, 5)); return new Response("${text}"); } };`,
      ),
    );
    const [first = ""] = digests;
    controlPlane.publish([script("hello", first)]);
    await start();
    await controlPlane.waitForInstance(first, "serving");
    const answers: [number, string][] = [];
    const loading = new AbortController();
    const clients = Array.from({ length: 8 }, async () => {
      while (!loading.signal.aborted) answers.push(await get("/hello"));
    });

    for (const digest of digests.slice(1)) {
      controlPlane.publish([script("hello", digest)]);
      await controlPlane.waitForInstance(digest, "serving");
    }
    loading.abort();
    await Promise.all(clients);

    expect(answers.filter(([status]) => status !== 200)).toEqual([]);
    expect(await get("/hello")).toEqual([200, "four"]);
  });

  it("keeps the old revision when the new one fails its warm-up", async () => {
    const good = controlPlane.addBundle({}, answering("good"));
    const bad = controlPlane.addBundle(
      { warmup: WARMUP },
      "const handler = { fetch() { throw new Error('no luck') } };",
    );
    controlPlane.publish([script("hello", good)]);
    await start();
    await controlPlane.waitForInstance(good, "serving");

    controlPlane.publish([script("hello", bad)]);
    const { error } = await controlPlane.waitForInstance(bad, "failed");

    expect(error).toMatchObject({ code: "warmup_failed", message: expect.stringContaining("no luck") });
    expect(await get("/hello")).toEqual([200, "good"]);
    await controlPlane.waitForReport(({ instances }) =>
      instances.some(({ digest, state }) => digest === good && state === "serving"),
    );
  });

  it("lets no script's failure hold another up", async () => {
    const bad = controlPlane.addBundle({ name: "bad" }, "this is no JavaScript");
    const empty = controlPlane.addBundle({ name: "empty" }, "const handler = {};");
    const other = controlPlane.addBundle({ name: "misnamed" }, answering("x"));
    const good = controlPlane.addBundle({ name: "good" }, answering("good"));
    controlPlane.publish([
      script("bad", bad),
      script("empty", empty),
      script("wrong", other),
      script("good", good),
    ]);
    await start();
    await controlPlane.waitForInstance(good, "serving");

    expect((await controlPlane.waitForInstance(bad, "failed")).error?.code).toBe("compile_failed");
    expect((await controlPlane.waitForInstance(empty, "failed")).error?.code).toBe("no_fetch_handler");
    expect((await controlPlane.waitForInstance(other, "failed")).error?.code).toBe("settings_mismatch");
    expect(await get("/good")).toEqual([200, "good"]);
    expect((await fetch(`${node?.adminUrl}/readyz`)).status).toBe(200);
  });

  it("tries a bundle again that was not there yet", async () => {
    const digest = controlPlane.addBundle({}, answering("late"));
    controlPlane.bundleStatus = 404;
    controlPlane.publish([script("hello", digest)]);
    await start();
    await controlPlane.waitForProblem("bundle_unavailable");
    controlPlane.bundleStatus = null;
    await controlPlane.waitForInstance(digest, "serving");
  });

  it("runs the instance that its slot calls for", async () => {
    const stable = controlPlane.addBundle({}, answering("stable"));
    const next = controlPlane.addBundle({}, answering("next"));
    controlPlane.slot = 50;
    const instances = [
      { role: "stable", digest: next, nodesPct: 50 },
      { role: "stable", digest: stable, nodesPct: 100 },
    ];
    controlPlane.publish([{ name: "hello", version: "1", isDefault: true, instances }]);
    await start();
    await controlPlane.waitForInstance(stable, "serving");
    expect(await get("/hello")).toEqual([200, "stable"]);
  });

  it("takes a script away that the document no longer names", async () => {
    const names = ["a", "b", "c", "d", "e", "f"];
    const scripts = names.map((name) => script(name, controlPlane.addBundle({ name }, answering(name))));
    controlPlane.publish(scripts);
    await start();
    await until(async () => (await get("/a"))[0] === 200);
    controlPlane.publish(scripts.slice(1));
    await until(async () => (await get("/a"))[0] === 404);
    expect(await get("/b")).toEqual([200, "b"]);
  });

  it("switches the members of a group together, and none while one cannot follow", async () => {
    const members = ["a", "b"].map((name) =>
      script(name, controlPlane.addBundle({ name }, answering("old"))),
    );
    controlPlane.publish(members);
    await start();
    await until(async () => (await get("/a"))[0] === 200 && (await get("/b"))[0] === 200);
    const groups = [{ name: "pair", scripts: ["a@1", "b@1"] }];
    const a = script("a", controlPlane.addBundle({ name: "a" }, answering("new")));
    const broken = controlPlane.addBundle({ name: "b" }, "nonsense(");
    controlPlane.publish([a, script("b", broken)], { groups });
    await controlPlane.waitForInstance(broken, "failed");
    await controlPlane.waitForInstance(a.instances[0]?.digest ?? "", "warming");
    await sleep(1_000);
    expect(await get("/a")).toEqual([200, "old"]);
    expect(await get("/b")).toEqual([200, "old"]);
    const b = script("b", controlPlane.addBundle({ name: "b" }, answering("new")));
    controlPlane.publish([a, b], { groups });
    const seen = new Set<string>();
    await until(async () => {
      const [ofA, ofB] = [(await get("/a"))[1], (await get("/b"))[1]];
      seen.add(`${ofA} ${ofB}`);
      return ofA === "new" && ofB === "new";
    });
    // Asked one after the other, so the switch may come between the two, but never the other way round.
    expect(seen).not.toContain("new old");
  });

  it("refuses a killed script at once, and serves it again as soon as it may", async () => {
    const [stopped, other] = ["stopped", "other"].map((name) =>
      script(name, controlPlane.addBundle({ name }, answering(name))),
    );
    if (!stopped || !other) throw new Error("both scripts were just made");
    controlPlane.publish([stopped, other]);
    await start();
    await until(async () => (await get("/stopped"))[0] === 200);
    controlPlane.publish([{ ...stopped, killed: { reason: "it leaks" } }, other]);
    await until(async () => (await get("/stopped"))[0] === 503);
    expect(JSON.parse((await get("/stopped"))[1])).toMatchObject({
      error: { code: "killed", script: "stopped" },
    });
    expect(await get("/other")).toEqual([200, "other"]);
    controlPlane.publish([stopped, other]);
    await until(async () => (await get("/stopped"))[0] === 200);
  });

  it("leaves a route with the script that has it", async () => {
    const first = controlPlane.addBundle({ name: "first", route: "/same" }, answering("first"));
    const second = controlPlane.addBundle({ name: "second", route: "/same" }, answering("second"));
    controlPlane.publish([script("first", first)]);
    await start();
    await controlPlane.waitForInstance(first, "serving");
    controlPlane.publish([script("second", second), script("first", first)]);
    expect((await controlPlane.waitForInstance(second, "failed")).error?.code).toBe("route_conflict");
    expect(await get("/same")).toEqual([200, "first"]);
  });

  it("gives a script its own secrets and no others", async () => {
    await mkdir(join(folder.secrets, "hello"), { recursive: true });
    await writeFile(join(folder.secrets, "hello", "TOKEN"), "from-the-node\n");
    await writeFile(join(folder.secrets, "hello", "OTHER"), "not-asked-for\n");
    const digest = controlPlane.addBundle(
      { secrets: ["TOKEN", "ABSENT"] },
      "const handler = { fetch: (request, env) => Response.json(env.secrets) };",
    );
    controlPlane.publish([script("hello", digest)]);
    await start();
    await controlPlane.waitForInstance(digest, "serving");
    expect(await get("/hello")).toEqual([200, '{"TOKEN":"from-the-node"}']);
    await controlPlane.waitForProblem("secret_missing");
  });

  it("gives a script the values that its revision was built with", async () => {
    const digest = controlPlane.addBundle(
      { values: { mood: "bold", limit: 3 } },
      "const handler = { fetch: (request, env) => Response.json(env.values) };",
    );
    controlPlane.publish([script("hello", digest)]);
    await start();
    await controlPlane.waitForInstance(digest, "serving");
    expect(await get("/hello")).toEqual([200, '{"mood":"bold","limit":3}']);
  });

  it("keeps only the last few bundles of a script", async () => {
    await start();
    for (let revision = 0; revision < 7; revision += 1) {
      const digest = controlPlane.addBundle({}, answering(`revision ${revision}`));
      controlPlane.publish([script("hello", digest)]);
      await controlPlane.waitForInstance(digest, "serving");
    }
    await until(async () => {
      const files = await readdir(join(folder.home, "bundles"));
      return files.filter((name) => name.endsWith(".js")).length === 4;
    });
  });
});

describe("refusals", () => {
  let good: string;

  beforeEach(async () => {
    good = controlPlane.addBundle({}, answering("good"));
    controlPlane.publish([script("hello", good)]);
    await start();
    await controlPlane.waitForInstance(good, "serving");
  });

  it("refuses a document with a bad signature", async () => {
    controlPlane.publish([], {}, Buffer.alloc(64).toString("base64"));
    await expectOldStillServes("document_signature");
  });

  it("refuses an older document", async () => {
    const other = controlPlane.addBundle({}, answering("other"));
    controlPlane.publish([script("hello", other)], { generation: 5 });
    await controlPlane.waitForInstance(other, "serving");
    controlPlane.publish([script("hello", good)], { generation: 4 });
    const report = await controlPlane.waitForProblem("document_older");
    expect(report.document?.generation).toBe(5);
    expect(await get("/hello")).toEqual([200, "other"]);
  });

  it("refuses an empty document", async () => {
    controlPlane.publish([]);
    await expectOldStillServes("document_empty");
  });

  it("refuses a mass removal", async () => {
    controlPlane.publish([script("hello", good), script("other", good)], { generation: 2 });
    await controlPlane.waitForProblem("settings_mismatch");
    controlPlane.publish([script("third", good)], { generation: 3 });
    const report = await controlPlane.waitForProblem("document_mass_removal");
    expect(report.document?.generation).toBe(2);
    expect(await get("/hello")).toEqual([200, "good"]);
  });

  it("refuses another region's document", async () => {
    controlPlane.publish([script("hello", good)], { region: "us-east-1" });
    await expectOldStillServes("document_wrong_region");
  });

  it("refuses a document that does not meet its schema", async () => {
    controlPlane.publish([{ ...script("hello", good), instances: [] }]);
    await expectOldStillServes("document_invalid");
  });

  it.each([
    ["flipped bytes", { bytes: Buffer.from("//showrunner {}\n") }],
    ["another bundle's signature", "swap"],
  ] as const)("refuses a bundle with %s", async (_case, change) => {
    const next = controlPlane.addBundle({}, answering("next"));
    controlPlane.tamper(next, change === "swap" ? { signature: controlPlane.signatureOf(good) } : change);
    controlPlane.publish([script("hello", next)]);
    expect((await controlPlane.waitForInstance(next, "failed")).error?.code).toBe("bundle_refused");
    expect(await get("/hello")).toEqual([200, "good"]);
  });

  it("refuses a bundle whose bytes changed on its own disk, and fetches it again", async () => {
    await node?.stop();
    const path = join(folder.home, "bundles", `${good.slice(7)}.js`);
    const bytes = await readFile(path, "utf8");
    await writeFile(path, bytes.replace("good", "evil"));
    await start();
    await controlPlane.waitForProblem("bundle_on_disk_refused");
    await until(async () => (await get("/hello"))[1] === "good");
  });
});

describe("the control plane's absence", () => {
  it("makes no difference to what serves, and the node reports again afterwards", async () => {
    const first = controlPlane.addBundle({}, answering("first"));
    controlPlane.publish([script("hello", first)]);
    await start();
    await controlPlane.waitForInstance(first, "serving");
    await controlPlane.stop();
    expect(await get("/hello")).toEqual([200, "first"]);

    controlPlane.forgetNodes();
    const second = controlPlane.addBundle({}, answering("second"));
    await controlPlane.start();
    controlPlane.publish([script("hello", second)]);
    await controlPlane.waitForInstance(second, "serving");
    expect(await get("/hello")).toEqual([200, "second"]);
    expect(controlPlane.registrations.length).toBeGreaterThan(1);
  });

  it("lets a restarted node serve from disk, and claim its slot when it is back", async () => {
    const digest = controlPlane.addBundle({}, answering("kept"));
    controlPlane.slot = 25;
    controlPlane.publish([script("hello", digest)]);
    await start();
    await controlPlane.waitForInstance(digest, "serving");
    await node?.stop();
    await controlPlane.stop();

    await start();
    await until(async () => (await get("/hello"))[1] === "kept");
    expect((await fetch(`${node?.adminUrl}/readyz`)).status).toBe(200);

    controlPlane.reports.length = 0;
    await controlPlane.start();
    await controlPlane.waitForReport(({ document }) => document?.source === "control-plane");
    expect(controlPlane.registrations.at(-1)).toMatchObject({ claimedSlot: 25 });
  });

  it("lets a restarted node fall back to what served, when the new revision was never fetched", async () => {
    const old = controlPlane.addBundle({}, answering("old"));
    const next = controlPlane.addBundle({}, answering("next"));
    controlPlane.publish([script("hello", old)]);
    await start();
    await controlPlane.waitForInstance(old, "serving");
    controlPlane.bundleStatus = 503;
    controlPlane.publish([script("hello", next)]);
    await controlPlane.waitForReport(({ document }) => document?.generation === 2);
    await node?.stop();
    await controlPlane.stop();

    await start();

    await until(async () => (await get("/hello"))[1] === "old");
  });
});

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Registry } from "#local/registry.ts";
import { registryOf } from "../../adapters/npm/registry-of.ts";
import { applyFlags, startCampaignWorld, type CampaignWorld } from "./campaign-world.ts";

const CLI = path.join(import.meta.dirname, "../../../src/app/cli/main.ts");
const BRANCH = "showrunner/upgrade/acme__kit";

let world: CampaignWorld;
let registry: Registry;
let front: Server;
let frontUrl: string;
/** Called once GitHub has done a write and before the command hears of it. */
let afterWrite: () => boolean = () => false;

beforeAll(async () => {
  world = await startCampaignWorld();
  registry = await registryOf({ "@acme/kit@1.2.3": {}, "@acme/kit@1.2.4": {}, "@acme/kit@1.2.5": {} });
  front = createServer((request, response) => void serve(request, response));
  front.listen(0, "127.0.0.1");
  await once(front, "listening");
  const address = front.address();
  frontUrl = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
});

afterAll(async () => {
  front.closeAllConnections();
  front.close();
  await world.end();
  await registry.close();
});

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const answer = await forward(request);
  if (request.method !== "GET" && afterWrite()) return;
  response.writeHead(answer.status, { "content-type": answer.type }).end(answer.body);
}

async function forward(request: IncomingMessage): Promise<{ status: number; type: string; body: string }> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  const body = Buffer.concat(chunks);
  const answer = await fetch(`${world.github.url}${request.url ?? ""}`, {
    method: request.method ?? "GET",
    headers: { authorization: request.headers.authorization ?? "", "content-type": "application/json" },
    ...(body.length > 0 ? { body } : {}),
  });
  const type = answer.headers.get("content-type") ?? "application/json";
  return { status: answer.status, type, body: await answer.text() };
}

/** Runs the command as a process and kills it, without a chance to clean up, after GitHub has done its n-th write. */
async function killedAfterWrite(name: string, version: string, count: number): Promise<void> {
  const flags = await applyFlags(world, registry.url, [name]);
  const args = [...flags, "--library", "@acme/kit", "--to", version].map((flag) =>
    flag.replace(world.github.url, frontUrl),
  );
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", CLI, ...args], {
    stdio: "ignore",
  });
  let writes = 0;
  afterWrite = () => {
    writes += 1;
    if (writes === count) child.kill("SIGKILL");
    return writes >= count;
  };
  await once(child, "exit");
  afterWrite = () => false;
  expect(writes).toBeGreaterThanOrEqual(count);
}

async function expectWhole(name: string, version: string): Promise<void> {
  const where = { owner: "acme", repo: name };
  const { data: pulls } = await world.alice.rest.pulls.list({ ...where, state: "all" });
  expect(pulls.map(({ title, state }) => [title, state])).toEqual([
    [`Update @acme/kit to ^${version}`, "open"],
  ]);
  expect(pulls[0]?.labels.map(({ name: label }) => label)).toEqual(["showrunner", "upgrade"]);
  expect(pulls[0]?.body).toContain(pulls[0]?.head.sha ?? "a commit");
  const { data: branches } = await world.alice.rest.repos.listBranches(where);
  expect(branches.map(({ name: branch }) => branch)).toEqual(["main", BRANCH]);
  const { data: comments } = await world.alice.rest.issues.listComments({ ...where, issue_number: 1 });
  expect(comments).toEqual([]);
  expect(await world.read(name, BRANCH, "package.json")).toContain(`"^${version}"`);
}

async function apply(name: string, version: string): Promise<number> {
  const flags = await applyFlags(world, registry.url, [name]);
  const ran = await world.run(...flags, "--library", "@acme/kit", "--to", version);
  expect([ran.code, ran.summary.totals["failed"]]).toEqual([0, 0]);
  return ran.summary.requests.writes;
}

const files = { "package.json": '{\n  "dependencies": { "@acme/kit": "^1.2.3" }\n}\n' };

describe("campaign apply that is killed", () => {
  it.each([1, 2, 3, 4, 5])(
    "after write %i of a new pull request is finished by the next run",
    async (count) => {
      const name = `opening-${count}`;
      await world.repository(name, files);
      await killedAfterWrite(name, "1.2.4", count);
      await apply(name, "1.2.4");
      await expectWhole(name, "1.2.4");
      expect(await apply(name, "1.2.4")).toBe(0);
    },
  );

  it.each([1, 2, 3, 4])("after write %i of a newer version is finished by the next run", async (count) => {
    const name = `renewing-${count}`;
    await world.repository(name, files);
    await apply(name, "1.2.4");
    await killedAfterWrite(name, "1.2.5", count);
    await apply(name, "1.2.5");
    await expectWhole(name, "1.2.5");
    expect(await apply(name, "1.2.5")).toBe(0);
  });
});

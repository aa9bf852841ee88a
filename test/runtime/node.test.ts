import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import type { RuntimeNode } from "#runtime/node.ts";
import { FakeControlPlane, script } from "./fake-control-plane.ts";
import { makeTestFolder, startNode, type TestFolder } from "./test-node.ts";

let controlPlane: FakeControlPlane;
let folder: TestFolder;
let node: RuntimeNode;

beforeEach(async () => {
  controlPlane = new FakeControlPlane();
  await controlPlane.start();
  folder = await makeTestFolder(controlPlane);
});

afterEach(async () => {
  await node.stop();
  await controlPlane.stop();
  await folder.remove();
});

const answering = (text: string): string =>
  `const handler = { fetch: () => new Response(${JSON.stringify(text)}) };`;

describe("a node", () => {
  it("serves what the document names, and says which revision answered", async () => {
    const digest = controlPlane.addBundle({}, answering("hello"));
    controlPlane.publish([script("hello", digest)]);
    node = await startNode(controlPlane, folder);
    await controlPlane.waitForInstance(digest, "serving");

    const response = await fetch(`${node.gatewayUrl}/hello`);

    expect(await response.text()).toBe("hello");
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "x-showrunner-script": "hello",
      "x-showrunner-revision": digest,
      "x-showrunner-role": "stable",
      "x-showrunner-region": "eu-west-1",
      "x-showrunner-node": "node-1",
    });
    const ready = await fetch(`${node.adminUrl}/readyz`);
    expect(ready.status).toBe(200);
  });
});

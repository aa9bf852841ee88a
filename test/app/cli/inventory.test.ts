import { expect, it } from "@jest/globals";
import { listen, runCommand } from "./cli-harness.ts";

const use = {
  script: "artwork@1",
  library: "@acme/kit",
  libraryVersion: "1.2.3",
  direct: true,
  regions: ["eu-west-1"],
  requestsPerMinute: 12,
  reasonText: "deprecated: use 2\u001b[31m",
  campaign: "kit-2-0-0",
};

it("tells which scripts need attention, and says no when there are any", async () => {
  let uses = [use];
  const asked: (string | undefined)[] = [];
  const { url, server } = await listen((request, response) => {
    asked.push(request.url);
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ uses }));
  });
  const env = { SHOWRUNNER_URL: url, SHOWRUNNER_TOKEN: "secret" };
  const found = await runCommand(["inventory", "--attention"], env);
  expect(found.code).toBe(1);
  expect(found.out).toMatch(
    /^artwork@1 +@acme\/kit@1\.2\.3 {2}direct {2}eu-west-1 {2}12 requests\/min {2}deprecated: use 2\S* {2}campaign kit-2-0-0\n$/,
  );
  expect(found.out).not.toContain("\u001b");
  uses = [];
  expect(await runCommand(["inventory", "--attention"], env)).toMatchObject({
    code: 0,
    out: "No script needs attention.\n",
  });
  expect(asked).toEqual(["/api/inventory/attention", "/api/inventory/attention"]);
  expect((await runCommand(["inventory", "lodash", "--attention"], env)).code).toBe(2);
  server.closeAllConnections();
  server.close();
});

import { expect, it } from "@jest/globals";
import { runAgainst } from "./cli-harness.ts";

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
  const args = ["inventory", "--attention"];
  const found = await runAgainst(args, [[200, { uses: [use] }]]);
  expect(found.code).toBe(1);
  expect(found.out).toMatch(
    /^artwork@1 +@acme\/kit@1\.2\.3 {2}direct {2}eu-west-1 {2}12 requests\/min {2}deprecated: use 2\S* {2}campaign kit-2-0-0\n$/,
  );
  expect(found.out).not.toContain("\u001b");
  expect(found.asked).toMatchObject([{ method: "GET", url: "/api/inventory/attention" }]);
  expect(await runAgainst(args, [[200, { uses: [] }]])).toMatchObject({
    code: 0,
    out: "No script needs attention.\n",
  });
  expect(await runAgainst(["inventory", "lodash", "--attention"], [[200, { uses: [] }]])).toMatchObject({
    code: 2,
    asked: [],
  });
});

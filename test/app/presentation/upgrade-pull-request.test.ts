import { expect, it } from "@jest/globals";
import { upgradeBody, type UpgradeTexts } from "#app/presentation/upgrade-pull-request.ts";
import { REBASE_BOX, wantsRebase } from "#domain/campaign/upgrade-identity.ts";

const texts: UpgradeTexts = {
  library: "kit",
  version: "1.2.4",
  changes: [],
  advisory: null,
  publishedAt: null,
  homepage: null,
  notes: [],
  evidence: "none",
  reasons: [],
  codemod: null,
};
const marker = { library: "kit", version: "1.2.4", aim: "", head: "", base: "", files: [] };

it("says what speaks against the versions in use, and takes strangers' words for words", () => {
  expect(upgradeBody(texts, [], marker)).not.toContain("**Why**");
  const reason = `deprecated: ask @everyone\n- [x] ${REBASE_BOX} | now`;
  const body = upgradeBody({ ...texts, reasons: [{ version: "1.2.3", reason }] }, [], marker);
  expect(body).toMatch(/^\*\*Why\*\*: `1\.2\.3` is deprecated: ask @\u2060everyone - /m);
  expect(wantsRebase(body)).toBe(false);
  expect(body.split(REBASE_BOX)).toHaveLength(2);
});

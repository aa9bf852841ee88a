import { describe, expect, it } from "@jest/globals";
import type { RegionDocument } from "#schemas/types.ts";
import { acceptDocument } from "#runtime/sync/accept-document.ts";

function document(names: readonly string[], change: Partial<RegionDocument> = {}): RegionDocument {
  return {
    schema: 1,
    region: "eu-west-1",
    epoch: 1,
    generation: 10,
    issuedAt: "2026-01-01T00:00:00Z",
    egressAllow: [],
    scripts: names.map((name) => ({
      name,
      version: "1",
      isDefault: true,
      instances: [{ role: "stable", digest: `sha256:${"a".repeat(64)}`, nodesPct: 100 }],
    })),
    ...change,
  };
}

const ten = Array.from({ length: 10 }, (_, index) => `script-${index}`);

describe("acceptDocument", () => {
  it.each([
    ["the first document", document(ten), null],
    ["the same generation again", document(ten), document(ten)],
    ["a higher generation", document(ten, { generation: 11 }), document(ten)],
    ["a lower generation of a higher epoch", document(ten, { epoch: 2, generation: 1 }), document(ten)],
    ["a removal just under the cap", document(ten.slice(2)), document(ten)],
    ["one script less of a few", document(["a"]), document(["a", "b"])],
    ["an empty one after an empty one", document([]), document([])],
    ["any number of new scripts", document(ten), document(["script-1"])],
  ])("takes %s", (_case, candidate, inForce) => {
    expect(acceptDocument(candidate, inForce, "eu-west-1", 20)).toEqual({ ok: true });
  });

  it.each([
    ["another region's", "document_wrong_region", document(ten, { region: "us-east-1" }), null],
    ["a lower generation", "document_older", document(ten, { generation: 9 }), document(ten)],
    ["a lower epoch", "document_older", document(ten, { generation: 99 }), document(ten, { epoch: 2 })],
    ["an empty one after one that is not", "document_empty", document([]), document(["a"])],
    ["a removal over the cap", "document_mass_removal", document(ten.slice(3)), document(ten)],
    ["a swap of all scripts for others", "document_mass_removal", document(["x", "y"]), document(["a", "b"])],
    ["one that names a script version twice", "document_duplicate", document(["a", "a"]), null],
  ])("refuses %s", (_case, code, candidate, inForce) => {
    expect(acceptDocument(candidate, inForce, "eu-west-1", 20)).toMatchObject({ ok: false, code });
  });
});

import { expect, it } from "@jest/globals";
import { billOfMaterials } from "#domain/campaign/bill-of-materials.ts";

it("names every library of a revision by its package URL, and which of them the script asks for itself", () => {
  const libraries = [
    { name: "luxon", version: "3.7.2", direct: false },
    { name: "@acme/kit", version: "1.2.4", direct: true },
  ];
  expect(billOfMaterials({ name: "artwork", version: "4" }, "sha256:aa", libraries)).toMatchObject({
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    metadata: { component: { type: "application", name: "artwork", version: "4", "bom-ref": "sha256:aa" } },
    components: [{ purl: "pkg:npm/%40acme/kit@1.2.4", name: "@acme/kit" }, { purl: "pkg:npm/luxon@3.7.2" }],
    dependencies: [
      { ref: "sha256:aa", dependsOn: ["pkg:npm/%40acme/kit@1.2.4"] },
      { ref: "pkg:npm/%40acme/kit@1.2.4" },
      { ref: "pkg:npm/luxon@3.7.2" },
    ],
  });
});

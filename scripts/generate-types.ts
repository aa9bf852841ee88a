// Writes schemas/types.ts from schemas/*.schema.json; with --check it only compares and fails on a difference.
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type JSONSchema, compile } from "json-schema-to-typescript";

const folder = join(import.meta.dirname, "..", "schemas");
const target = join(folder, "types.ts");

const files = (await readdir(folder)).filter((file) => file.endsWith(".schema.json")).sort();
const properties: JSONSchema["properties"] = Object.fromEntries(
  files
    .filter((file) => file !== "common.schema.json")
    .map((file) => [file.replace(".schema.json", ""), { $ref: file }]),
);
// One root that refers to every schema, so that shared definitions come out once.
const root: JSONSchema = { title: "AllSchemas", type: "object", additionalProperties: false, properties };
const text = await compile(root, "AllSchemas", {
  cwd: `${folder}/`,
  bannerComment: "// Generated from schemas/*.schema.json by scripts/generate-types.ts. Do not edit.",
  maxItems: -1,
  ignoreMinAndMaxItems: true,
});

if (process.argv.includes("--check")) {
  const committed = await readFile(target, "utf8").catch(() => "");
  if (committed !== text) {
    process.stderr.write(
      "schemas/types.ts differs from the schemas: run `npm run generate` and commit it.\n",
    );
    process.exitCode = 1;
  }
} else {
  await writeFile(target, text);
}

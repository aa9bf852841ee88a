import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "@jest/globals";

const SCHEMAS = path.join(import.meta.dirname, "../../schemas");
const files = (await readdir(SCHEMAS)).filter((file) => file.endsWith(".schema.json"));
const schemas = new Map<string, unknown>(
  await Promise.all(
    files.map(async (file): Promise<[string, unknown]> => [
      file,
      JSON.parse(await readFile(path.join(SCHEMAS, file), "utf8")),
    ]),
  ),
);

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Fields that a reader would have to guess: those without a description of their own or of what they point to. */
function unexplained(schema: unknown, place: string): string[] {
  if (Array.isArray(schema))
    return schema.flatMap((entry, index) => unexplained(entry, `${place}[${index}]`));
  if (!isRecord(schema)) return [];
  const { properties } = schema;
  const missing = isRecord(properties)
    ? Object.entries(properties)
        .filter(
          ([, field]) => isRecord(field) && !("description" in field || "$ref" in field || "const" in field),
        )
        .map(([name]) => `${place}.${name}`)
    : [];
  const deeper = Object.entries(schema).flatMap(([key, value]) => unexplained(value, `${place}.${key}`));
  return [...missing, ...deeper];
}

describe("the schemas", () => {
  it.each(files.map((file) => file.replace(".schema.json", "")))("%s says what each field means", (name) => {
    const schema = schemas.get(`${name}.schema.json`);
    expect(unexplained(schema, name)).toEqual([]);
  });

  it("are 2020-12, name themselves and refuse what they do not know", () => {
    for (const [file, schema] of schemas) {
      expect(schema).toMatchObject({
        $schema: "https://json-schema.org/draft/2020-12/schema",
        $id: `https://showrunner.dev/schemas/${file}`,
      });
      if (file !== "common.schema.json") expect(schema).toMatchObject({ additionalProperties: false });
    }
  });
});

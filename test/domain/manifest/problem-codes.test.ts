import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "@jest/globals";
import { PROBLEM_CODES } from "#domain/manifest/problem-codes.ts";

const ROOT = path.join(import.meta.dirname, "../../..");

describe("the problem codes", () => {
  it("are all on the page that explains them, in the same words and order", async () => {
    const page = await readFile(path.join(ROOT, "docs/problem-codes.md"), "utf8");
    const rows = page.matchAll(/^\| `([^`]+)` +\| (.*?) +\|$/gm);
    const explained = [...rows].map(([, code, meaning]) => [code, meaning]);
    expect(explained).toEqual(Object.entries(PROBLEM_CODES));
  });

  it("are all used", async () => {
    const source = path.join(ROOT, "src");
    const files = (await readdir(source, { recursive: true })).filter(
      (file) => file.endsWith(".ts") && !file.endsWith("problem-codes.ts"),
    );
    const texts = await Promise.all(files.map((file) => readFile(path.join(source, file), "utf8")));
    const text = texts.join("\n");
    const unused = Object.keys(PROBLEM_CODES).filter((code) => !text.includes(`"${code}"`));
    expect(unused).toEqual([]);
  });
});

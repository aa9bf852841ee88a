import { describe, expect, it } from "@jest/globals";
import { canonicalJson } from "#adapters/bundles/canonical-json.ts";
import { jsonKeyPosition } from "#adapters/bundles/build/text-position.ts";

const text = `{
  "name": "a",
  "list": [{ "dependencies": { "x": 1 } }, "dependencies"],
  "dependencies": {
    "b:{": "1",  "x": "2"
  }
}`;

describe("the position of a key in JSON", () => {
  it.each([
    ["a key at the top", ["name"], { line: 2, column: 3 }],
    ["a key with signs in it", ["dependencies", "b:{"], { line: 5, column: 5 }],
    ["the second key of a line", ["dependencies", "x"], { line: 5, column: 18 }],
    ["the deepest key that is there", ["dependencies", "gone"], { line: 4, column: 3 }],
    ["nothing at all", ["gone", "x"], { line: 1, column: 1 }],
  ])("is found for %s", (_name, path, expected) => {
    expect(jsonKeyPosition(text, path)).toEqual(expected);
  });
});

describe("canonical JSON", () => {
  it("sorts keys at every depth and is ASCII", () => {
    expect(canonicalJson({ b: [{ d: 1, c: "é\u2028😀" }], a: null })).toBe(
      '{"a":null,"b":[{"c":"\\u00e9\\u2028\\ud83d\\ude00","d":1}]}',
    );
  });
});

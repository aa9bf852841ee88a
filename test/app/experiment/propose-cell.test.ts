import { describe, expect, it } from "@jest/globals";
import { withValues } from "#app/experiment/propose-cell.ts";
import { parseScript } from "#domain/manifest/parse-manifest.ts";

const manifest = `kind: Script
name: artwork # as the route says
owner: team-art
entry: src/index.ts
`;

describe("a promoted cell's values", () => {
  it.each([
    ["a manifest without any", manifest],
    ["a manifest with others", `${manifest}values: { mood: plain, limit: 3 } # tried in spring\n`],
  ])("come into %s, and what people wrote stays", (_name, text) => {
    const proposed = withValues(text, { mood: "bold", isNew: true });
    expect(proposed).toContain("name: artwork # as the route says");
    const parsed = parseScript(proposed, "showrunner.yaml");
    const others = text.includes("limit") ? { limit: 3 } : {};
    expect(parsed).toMatchObject({
      ok: true,
      manifest: { settings: { values: { ...others, mood: "bold", isNew: true } } },
    });
  });
});

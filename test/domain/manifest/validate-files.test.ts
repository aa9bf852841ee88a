import { describe, expect, it } from "@jest/globals";
import type { FleetManifest } from "#domain/manifest/fleet-manifest.ts";
import { parseFleet } from "#domain/manifest/parse-manifest.ts";
import { validateFiles } from "#domain/manifest/validate-files.ts";

const NOW_MS = Date.UTC(2026, 4, 4);
const FLEET = "kind: Fleet\nregions: { eu-west-1: { timezone: Europe/Dublin } }\n";

function script(name: string, rest = ""): string {
  return `kind: Script\nname: ${name}\nowner: team\nentry: index.ts\n${rest}`;
}

function codes(files: Record<string, string>, held: FleetManifest | null = null): string[] {
  const context = { fleet: held, fleetFile: "acme/fleet:fleet.yaml", nowMs: NOW_MS };
  return validateFiles(new Map(Object.entries(files)), context).map(({ code, file }) => `${code} ${file}`);
}

function fleet(): FleetManifest {
  const parsed = parseFleet(FLEET, "fleet.yaml");
  if (!parsed.ok) throw new Error("the fleet is broken");
  return parsed.manifest;
}

describe("files that are checked together", () => {
  it("are held against the fleet that is passed in, by its name", () => {
    const files = new Map([["showrunner.yaml", script("a", "rollout: { waves: [[eu-west-2]] }\n")]]);
    const context = { fleet: fleet(), fleetFile: "acme/fleet:fleet.yaml", nowMs: NOW_MS };
    expect(validateFiles(files, context)).toEqual([
      expect.objectContaining({
        code: "unknown-region",
        message: 'There is no region "eu-west-2" in acme/fleet:fleet.yaml. Did you mean "eu-west-1"?',
      }),
    ]);
  });

  it("without a fleet are not held against one", () => {
    expect(codes({ "showrunner.yaml": script("a", "rollout: { waves: [[anywhere]] }\n") })).toEqual([]);
  });

  it("with a broken fleet learn only what is wrong with the fleet", () => {
    const broken = FLEET.replace("Europe/Dublin", "Nowhere");
    const files = {
      "a/showrunner.yaml": script("a", "rollout: { waves: [[anywhere]] }\n"),
      "fleet.yaml": broken,
    };
    expect(codes(files)).toEqual(["bad-timezone fleet.yaml"]);
  });

  it("of one repository are not asked about scripts of other repositories", () => {
    expect(codes({ "showrunner.yaml": script("a", "dependsOn: [elsewhere]\n") }, fleet())).toEqual([]);
  });

  it("may share a route between versions of one script", () => {
    const files = {
      "3/showrunner.yaml": script("a", 'version: "3"\n'),
      "4/showrunner.yaml": script("a", 'version: "4"\n'),
    };
    expect(codes(files)).toEqual([]);
  });

  it("may have a script at the root beside others", () => {
    const files = { "a/showrunner.yaml": script("a", "route: /\n"), "b/showrunner.yaml": script("b") };
    expect(codes(files)).toEqual([]);
  });

  it("in a fleet repository alone may name scripts that have no release yet", () => {
    const files = {
      "fleet.yaml": FLEET,
      "groups/g.yaml": "kind: Group\nname: g\nowner: team\nscripts: [later]\n",
      "releases/eu-west-1/a@1.yaml": `kind: Release\nscript: a\nversion: "1"\nsource: { repoId: 1, repo: o/a, path: . }\nstable: { digest: "sha256:${"0".repeat(64)}", commit: "${"a".repeat(40)}" }\n`,
    };
    const problems = validateFiles(new Map(Object.entries(files)), {
      fleet: null,
      fleetFile: "fleet.yaml",
      nowMs: NOW_MS,
    });
    expect(problems).toEqual([expect.objectContaining({ code: "unknown-script", severity: "warning" })]);
  });

  it("cannot hide an error behind many warnings", () => {
    const names = Array.from({ length: 900 }, (_, index) => `x${index}`).join(", ");
    const files = {
      "campaigns/c.yaml": `kind: Campaign\nname: c\nowner: team\nlibrary: a\nto: 1.0.0\nexclude: [${names}]\n`,
      "fleet.yaml": FLEET,
      "releases/eu-west-1/a@1.yaml": `kind: Release\nscript: a\nversion: "1"\nsource: { repoId: 1, repo: o/a, path: . }\nstable: { digest: "sha256:${"0".repeat(64)}", commit: "${"a".repeat(40)}" }\n`,
    };
    const found = codes(files);
    expect(found).toHaveLength(201);
    expect(found.at(-1)).toBe("too-many-problems campaigns/c.yaml");
  });

  it("can depend on each other in a very long circle", () => {
    const files: Record<string, string> = {};
    for (let index = 0; index < 2000; index += 1) {
      files[`s${index}/showrunner.yaml`] = script(`s${index}`, `dependsOn: [s${index + 1}]\n`);
    }
    files["x/showrunner.yaml"] = script("s2000", "dependsOn: [s0]\n");
    const problems = codes(files);
    expect(problems).toEqual(["dependency-cycle x/showrunner.yaml"]);
  });
});

import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Registry } from "#local/registry.ts";
import { registryOf } from "../../adapters/npm/registry-of.ts";
import { applyFlags, startCampaignWorld, type CampaignWorld, type Ran } from "./campaign-world.ts";

const BRANCH = "showrunner/upgrade/acme__kit";
let world: CampaignWorld;
let registry: Registry;

beforeAll(async () => {
  world = await startCampaignWorld();
  registry = await registryOf({
    "@acme/kit@1.2.2": {},
    "@acme/kit@1.2.3": {},
    "@acme/kit@1.2.4": {},
    "@acme/kit@1.2.5": {},
    "wrap@1.0.0": { dependencies: { "@acme/kit": "^1.2.0" } },
    "other@1.0.0": {},
    "other@1.1.0": {},
  });
});

afterAll(async () => {
  await world.end();
  await registry.close();
});

/** package.json and lockfile of an app that has some packages at some versions. */
async function appFiles(
  dependencies: Readonly<Record<string, string>>,
  locked: Readonly<Record<string, string>>,
): Promise<Record<string, string>> {
  const packages: Record<string, unknown> = { "": { name: "app", dependencies } };
  for (const [name, version] of Object.entries(locked)) {
    const response = await fetch(`${registry.url}/${name}`);
    const packument: {
      versions: Record<string, { dist: { tarball: string; integrity: string }; dependencies?: object }>;
    } = JSON.parse(await response.text());
    const { dist, dependencies: own } = packument.versions[version] ?? {
      dist: { tarball: "", integrity: "" },
    };
    const entry = { version, resolved: dist.tarball, integrity: dist.integrity, license: "MIT" };
    packages[`node_modules/${name}`] = own === undefined ? entry : { ...entry, dependencies: own };
  }
  const lock = { name: "app", lockfileVersion: 3, requires: true, packages };
  return {
    "package.json": `${JSON.stringify({ name: "app", dependencies }, null, 2)}\n`,
    "package-lock.json": `${JSON.stringify(lock, null, 2)}\n`,
  };
}

const plain = (range = "^1.2.3"): Promise<Record<string, string>> =>
  appFiles({ "@acme/kit": range, other: "^1.0.0" }, { "@acme/kit": "1.2.3", other: "1.0.0" });

async function apply(
  repositories: readonly string[],
  version = "1.2.4",
  ...more: readonly string[]
): Promise<Ran> {
  const flags = await applyFlags(world, registry.url, repositories);
  return world.run(...flags, "--library", "@acme/kit", "--to", version, ...more);
}

async function pulls(
  repo: string,
): Promise<{ number: number; state: string; title: string; body: string; labels: string[]; head: string }[]> {
  const { data } = await world.alice.rest.pulls.list({ owner: "acme", repo, state: "all" });
  return data.map(({ number, state, title, body, labels, head }) => ({
    number,
    state,
    title,
    body: body ?? "",
    labels: labels.map(({ name }) => name),
    head: head.sha,
  }));
}

const outcomes = ({ summary }: Ran): string[] => summary.repositories.map(({ outcome }) => outcome);

describe("campaign apply", () => {
  it("opens pull requests where the library is used directly and is older, and nowhere else", async () => {
    await world.repository("caret", await plain());
    await world.repository("exact", await plain("1.2.3"));
    await world.repository("tilde", await plain("~1.2.3"));
    await world.repository("current", await appFiles({ "@acme/kit": "^1.2.3" }, { "@acme/kit": "1.2.4" }));
    await world.repository("absent", await appFiles({ other: "^1.0.0" }, { other: "1.0.0" }));
    await world.repository(
      "transitive",
      await appFiles({ wrap: "^1.0.0" }, { "@acme/kit": "1.2.3", wrap: "1.0.0" }),
    );
    await world.repository("fork", { "package.json": '{"dependencies":{"@acme/kit":"github:acme/kit"}}\n' });
    const names = ["caret", "exact", "tilde", "current", "absent", "transitive", "fork"];
    const ran = await apply(names);
    expect(ran.log).toContain("acme/caret opened #1");
    expect(outcomes(ran)).toEqual([
      "opened",
      "opened",
      "opened",
      "upToDate",
      "absent",
      "transitiveOnly",
      "unchanged",
    ]);
    expect(ran.code).toBe(0);
    expect(ran.summary.totals).toMatchObject({ repositories: 7, opened: 3, failed: 0 });
    const [pull] = await pulls("caret");
    expect(pull).toMatchObject({
      title: "Update @acme/kit to ^1.2.4",
      labels: ["showrunner", "upgrade"],
      state: "open",
    });
    expect(pull?.body).toContain("| @\u2060acme/kit |");
    expect((await pulls("exact"))[0]?.title).toBe("Update @acme/kit to 1.2.4");
    expect((await pulls("tilde"))[0]?.title).toBe("Update @acme/kit to ~1.2.4");
    expect(await world.read("caret", BRANCH, "package.json")).toContain('"@acme/kit": "^1.2.4"');
    expect(await world.read("caret", BRANCH, "package-lock.json")).toContain("kit-1.2.4.tgz");
    for (const name of ["current", "absent", "transitive", "fork"]) expect(await pulls(name)).toEqual([]);
  });

  it("does nothing when nothing is new, with or without memory, and whatever the memory holds", async () => {
    await world.repository("again", await plain());
    await apply(["again"]);
    for (const more of [[], ["--state", "state.json"], ["--state", "state.json"]]) {
      const ran = await apply(["again", "current", "absent"], "1.2.4", ...more);
      expect(outcomes(ran)).toEqual(["unchanged", "upToDate", "absent"]);
      expect(ran.summary.requests.writes).toBe(0);
    }
  });

  it("carries a newer version in the same pull request", async () => {
    await world.repository("newer", await plain());
    await apply(["newer"]);
    const ran = await apply(["newer"], "1.2.5");
    expect(outcomes(ran)).toEqual(["updated"]);
    const all = await pulls("newer");
    expect(all).toHaveLength(1);
    expect(all[0]).toMatchObject({ number: 1, title: "Update @acme/kit to ^1.2.5" });
    expect(await world.read("newer", BRANCH, "package.json")).toContain('"^1.2.5"');
    expect(outcomes(await apply(["newer"], "1.2.5"))).toEqual(["unchanged"]);
    expect(outcomes(await apply(["newer"], "1.2.4"))).toEqual(["unchanged"]);
  });

  it("changes sources by a codemod in the same commit, and anew when the codemod is another", async () => {
    const codemod = async (body: string) => {
      await mkdir(path.join(world.home, "codemods"), { recursive: true });
      await writeFile(path.join(world.home, "codemods/names.ts"), 'export const fresh: string = "open";\n');
      await writeFile(
        path.join(world.home, "codemods/kit.ts"),
        `import { fresh } from "./names.ts";\n${body}`,
      );
    };
    const source = `import { start } from "@acme/kit";\n\nstart();\n${"// The rest.\n".repeat(8)}`;
    const transform =
      "export default ({ text }: { text: string }) => text.replaceAll(/\\bstart\\b/g, fresh);\n";
    await world.repository("coded", {
      ...(await plain()),
      "src/index.ts": source,
      "src/other.ts": "export {};\n",
      "docs/start.md": "start\n",
    });
    await codemod(transform);
    const flags = ["--codemod", "codemods/kit.ts"];
    const ran = await apply(["coded"], "1.2.4", ...flags);
    expect(ran.summary.repositories[0]).toMatchObject({
      outcome: "opened",
      files: ["package.json", "package-lock.json", "src/index.ts"],
    });
    expect(await world.read("coded", BRANCH, "src/index.ts")).toBe(source.replaceAll("start", "open"));
    const [pull] = await pulls("coded");
    expect(pull?.body).toContain("- The codemod `codemods/kit.ts` changed `src/index.ts`.");
    expect(outcomes(await apply(["coded"], "1.2.4", ...flags))).toEqual(["unchanged"]);

    // The same change by other words leaves the branch as it is, and is remembered.
    await codemod(`// Renames.\n${transform}`);
    const [same, once] = [
      await apply(["coded"], "1.2.4", ...flags),
      await apply(["coded"], "1.2.4", ...flags),
    ];
    expect([...outcomes(same), ...outcomes(once)]).toEqual(["unchanged", "unchanged"]);
    expect(once.summary.requests.writes).toBe(0);
    expect((await pulls("coded"))[0]?.head).toBe(pull?.head);

    await codemod(transform.replace("fresh)", '"begin")'));
    expect(outcomes(await apply(["coded"], "1.2.4", ...flags))).toEqual(["updated"]);
    expect(await world.read("coded", BRANCH, "src/index.ts")).toContain("begin();");

    // Where the base moves in a file that the codemod changed, the branch is made anew only when the two conflict.
    await world.commit("coded", "main", { "src/index.ts": `${source}// Kept.\n` });
    expect(outcomes(await apply(["coded"], "1.2.4", ...flags))).toEqual(["unchanged"]);
    await world.commit("coded", "main", { "src/index.ts": source.replace("start();", "start(1);") });
    expect(outcomes(await apply(["coded"], "1.2.4", ...flags))).toEqual(["rebased"]);
    expect(await world.read("coded", BRANCH, "src/index.ts")).toContain("begin(1);");
  });

  it("opens nothing where the codemod fails, and touches no repository when it cannot be built", async () => {
    await world.repository("uncoded", { ...(await plain()), "src/index.ts": "start();\n" });
    await writeFile(
      path.join(world.home, "bad.ts"),
      'export default () => { throw new Error("cannot"); };\n',
    );
    const ran = await apply(["uncoded"], "1.2.4", "--codemod", "bad.ts");
    expect(ran.summary.repositories[0]).toMatchObject({
      outcome: "failed",
      reason: "the codemod bad.ts failed on src/index.ts: cannot",
    });
    expect(await pulls("uncoded")).toEqual([]);
    await writeFile(path.join(world.home, "bad.ts"), 'import fs from "node:fs";\nexport default () => fs;\n');
    const refused = await apply(["uncoded"], "1.2.4", "--codemod", "bad.ts");
    expect(refused.code).toBe(2);
    expect(refused.log).toMatch(/bad\.ts:1:\d+ "node:fs" is a module of Node\.js/);
    expect((await apply(["uncoded"], "1.2.4", "--codemod", "../bad.ts")).code).toBe(2);
    expect((await apply(["uncoded"], "1.2.4", "--codemod", "none.ts")).log).toContain(
      "there is no codemod none.ts",
    );
  });

  it("leaves a moved base alone until it conflicts, and then rebases", async () => {
    await world.repository("moving", await plain());
    await apply(["moving"]);
    const [before] = await pulls("moving");
    await world.commit("moving", "main", { "README.md": "# Moved\n" });
    expect(outcomes(await apply(["moving"]))).toEqual(["unchanged"]);
    expect((await pulls("moving"))[0]?.head).toBe(before?.head);
    await world.commit(
      "moving",
      "main",
      await appFiles({ "@acme/kit": "^1.2.2", other: "^1.0.0" }, { "@acme/kit": "1.2.2", other: "1.0.0" }),
    );
    expect(outcomes(await apply(["moving"]))).toEqual(["rebased"]);
    const [after] = await pulls("moving");
    expect(after?.number).toBe(before?.number);
    const { data } = await world.alice.rest.pulls.get({ owner: "acme", repo: "moving", pull_number: 1 });
    expect(data.mergeable).toBe(true);
    expect(data.commits).toBe(1);
    expect(outcomes(await apply(["moving"]))).toEqual(["unchanged"]);
  });

  it("rebases when the box in the body is ticked, and clears it", async () => {
    await world.repository("ticked", await plain());
    await apply(["ticked"]);
    await world.commit("ticked", "main", { "README.md": "# Moved\n" });
    const [pull] = await pulls("ticked");
    const body = pull?.body.replace("- [ ] <!-- rebase-check -->", "- [x] <!-- rebase-check -->") ?? "";
    await world.alice.rest.pulls.update({ owner: "acme", repo: "ticked", pull_number: 1, body });
    expect(outcomes(await apply(["ticked"]))).toEqual(["rebased"]);
    expect((await pulls("ticked"))[0]?.body).toContain("- [ ] <!-- rebase-check -->");
    expect(outcomes(await apply(["ticked"]))).toEqual(["unchanged"]);
  });

  it("never touches a branch again on which somebody committed", async () => {
    await world.repository("helped", await plain());
    await apply(["helped"]);
    const theirs = await world.commit("helped", BRANCH, { "index.js": "changed()\n" });
    const ran = await apply(["helped"], "1.2.5");
    expect(outcomes(ran)).toEqual(["humanCommit"]);
    expect(ran.summary.requests.writes).toBe(0);
    expect((await pulls("helped"))[0]).toMatchObject({ head: theirs, title: "Update @acme/kit to ^1.2.4" });
  });

  it("does not offer again what somebody closed, and offers the next version", async () => {
    await world.repository("closed", await plain());
    await apply(["closed"]);
    await world.alice.rest.pulls.update({ owner: "acme", repo: "closed", pull_number: 1, state: "closed" });
    expect(outcomes(await apply(["closed"]))).toEqual(["declined"]);
    expect(await pulls("closed")).toHaveLength(1);
    expect(outcomes(await apply(["closed"], "1.2.5"))).toEqual(["opened"]);
    expect((await pulls("closed")).map(({ state }) => state)).toEqual(["open", "closed"]);
  });

  it("does not offer again what was merged, even after it was taken back", async () => {
    await world.repository("merged", await plain());
    await apply(["merged"]);
    await world.alice.rest.pulls.merge({ owner: "acme", repo: "merged", pull_number: 1 });
    expect(outcomes(await apply(["merged"]))).toEqual(["upToDate"]);
    await world.commit("merged", "main", await plain());
    expect(outcomes(await apply(["merged"]))).toEqual(["declined"]);
    expect(outcomes(await apply(["merged"], "1.2.5"))).toEqual(["opened"]);
  });

  it("works with the address of the API without its path", async () => {
    await world.repository("rooted", await plain());
    const flags = (await applyFlags(world, registry.url, ["rooted"])).map((flag) =>
      flag.replace("/api/v3", ""),
    );
    const ran = await world.run(...flags, "--library", "@acme/kit", "--to", "1.2.4");
    expect(outcomes(ran)).toEqual(["opened"]);
  });
});

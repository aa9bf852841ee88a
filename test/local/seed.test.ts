import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { githubClient } from "#local/github-client.ts";
import { describeParts, loopback, ORGANIZATION } from "#local/parts.ts";
import { cloneAs } from "#local/person-git.ts";
import { portLayout } from "#local/ports.ts";
import { loadSecrets, type Secrets } from "#local/secrets.ts";
import { seed } from "#local/seed.ts";
import { Supervisor } from "#local/supervisor.ts";
import { freePort } from "./free-port.ts";
import { temporaryHome } from "./temporary-home.ts";

const home = temporaryHome();
const supervisor = new Supervisor(home, () => {});
const samples = join(home.path, "samples");
const never = new AbortController().signal;
let secrets: Secrets;
let origin: string;

beforeAll(async () => {
  secrets = await loadSecrets(home);
  const outcome = portLayout(String((await freePort()) - 1));
  if (!outcome.ok) throw new Error(outcome.message);
  origin = loopback(outcome.layout.github);
  const files = { app: join(home.keys, "app.json"), users: join(home.keys, "users.json") };
  const app = {
    appId: 1,
    slug: "showrunner",
    privateKey: secrets.appPrivateKey,
    webhookUrl: "http://127.0.0.1:9/nobody",
    webhookSecret: secrets.webhookSecret,
    permissions: { contents: "read" },
    events: ["push"],
  };
  writeFileSync(files.app, JSON.stringify(app));
  writeFileSync(files.users, JSON.stringify([secrets.operator, secrets.maya, secrets.jonas]));
  await supervisor.start(describeParts(outcome.layout, home, secrets, files, process.env).github);
  for (const name of ["fleet", "one", "two"]) {
    mkdirSync(join(samples, name, "src"), { recursive: true });
    writeFileSync(join(samples, name, "src/index.ts"), `export default "${name}";\n`);
  }
});

afterAll(async () => {
  await supervisor.stop([], 3_000);
  home.remove();
});

async function runSeed(signal: AbortSignal = never): Promise<string[]> {
  const { operator, maya, jonas } = secrets;
  return await seed({
    origin,
    organization: ORGANIZATION,
    samples,
    clones: home.clones,
    admin: operator,
    authors: [maya, jonas],
    signal,
  });
}

describe("seeding", () => {
  it("goes on where it was cut off: a repository without a commit gets its files", async () => {
    const github = githubClient(origin, secrets.operator.token, never);
    await github.repos.createInOrg({ org: ORGANIZATION, name: "one" });
    await expect(runSeed(AbortSignal.abort())).rejects.toThrow();
    expect((await runSeed()).toSorted((left, right) => left.localeCompare(right))).toEqual([
      "fleet",
      "one",
      "two",
    ]);
    const { data } = await github.repos.listCommits({ owner: ORGANIZATION, repo: "one" });
    expect(data.map(({ commit }) => commit.author?.name)).toEqual([secrets.jonas.name]);
  });

  it("leaves alone what is there, so that people's work survives the next start", async () => {
    const clone = await cloneAs(secrets.maya, `${origin}/${ORGANIZATION}/two.git`, home.clones, never);
    writeFileSync(join(clone.folder, "README.md"), "Mine.\n");
    const commit = await clone.commit("Say whose it is");
    await clone.push("main");
    clone.dispose();
    expect(await runSeed()).toEqual([]);
    const github = githubClient(origin, secrets.operator.token, never);
    const { data } = await github.repos.getBranch({ owner: ORGANIZATION, repo: "two", branch: "main" });
    expect(data.commit.sha).toBe(commit);
  });
});

import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { Octokit } from "@octokit/rest";
import { Probot, ProbotOctokit } from "probot";
import { startBench, type Bench } from "./harness.ts";

let bench: Bench;
beforeAll(async () => {
  bench = await startBench();
  await bench.repository("acme", "artwork");
});
afterAll(() => bench.close());

const QUIET = { debug() {}, info() {}, warn() {}, error() {} };
const place = { owner: "acme", repo: "artwork" };

describe("Octokit", () => {
  it("reads, writes and pages through", async () => {
    const octokit = new Octokit({ baseUrl: `${bench.url}/api/v3`, auth: "alice-token", log: QUIET });
    for (let each = 0; each < 7; each += 1) await octokit.rest.issues.create({ ...place, title: `${each}` });
    const all = await octokit.paginate(octokit.rest.issues.listForRepo, { ...place, per_page: 3 });
    expect(all).toHaveLength(7);
    const root = await octokit.rest.repos.getContent({ ...place, path: "" });
    expect(root.data).toMatchObject([{ name: "README.md" }]);
    const main = await octokit.rest.git.getRef({ ...place, ref: "heads/main" });
    const made = await octokit.rest.git.createRef({
      ...place,
      ref: "refs/heads/a/b",
      sha: main.data.object.sha,
    });
    expect(made.status).toBe(201);
    const compared = await octokit.rest.repos.compareCommitsWithBasehead({
      ...place,
      basehead: "main...a/b",
    });
    expect(compared.data.status).toBe("identical");
    await expect(octokit.rest.git.getRef({ ...place, ref: "heads/none" })).rejects.toMatchObject({
      status: 404,
    });
  });
});

describe("Probot", () => {
  it("signs in as the app and works with an installation's token", async () => {
    const probot = new Probot({
      appId: bench.options.app.appId,
      privateKey: bench.options.app.privateKey,
      secret: bench.options.app.webhookSecret,
      logLevel: "fatal",
      Octokit: ProbotOctokit.defaults((options: object) => ({
        ...options,
        baseUrl: `${bench.url}/api/v3`,
        throttle: { enabled: false },
        retry: { enabled: false },
      })),
    });
    const app = await probot.auth();
    const [installation] = (await app.rest.apps.listInstallations()).data;
    const made = await app.rest.apps.createInstallationAccessToken({
      installation_id: installation?.id ?? 0,
    });
    const octokit = new Octokit({ baseUrl: `${bench.url}/api/v3`, auth: made.data.token });
    const repositories = await octokit.paginate(octokit.rest.apps.listReposAccessibleToInstallation);
    expect(repositories).toMatchObject([{ full_name: "acme/artwork" }]);
    const { data } = await octokit.rest.repos.getBranch({ ...place, branch: "main" });
    const check = await octokit.rest.checks.create({ ...place, name: "plan", head_sha: data.commit.sha });
    expect(check.data.app?.slug).toBe("showrunner");
    const deliveries = await app.paginate("GET /app/hook/deliveries", { per_page: 2 });
    expect(deliveries.length).toBeGreaterThan(3);
  });
});

const gh = existsSync("/usr/bin/gh") ? it : it.skip;

describe("Debian's gh", () => {
  gh("speaks plain HTTP to github.localhost, with the server as its proxy", async () => {
    const env = {
      PATH: process.env["PATH"],
      HOME: bench.folder,
      GH_HOST: "github.localhost",
      GH_TOKEN: "alice-token",
      http_proxy: bench.url,
    };
    const api = async (...args: string[]) => {
      const { stdout } = await promisify(execFile)("gh", ["api", ...args], { env });
      const parsed: unknown = JSON.parse(stdout);
      return parsed;
    };
    expect(await api("user")).toMatchObject({ login: "alice" });
    expect(await api("repos/acme/artwork/issues", "-f", "title=by gh")).toMatchObject({
      title: "by gh",
      state: "open",
    });
  });
});

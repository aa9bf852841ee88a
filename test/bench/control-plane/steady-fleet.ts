import { execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { Octokit } from "@octokit/rest";
import pLimit from "p-limit";
import { releasePath, releaseText } from "#domain/reconcile/release-file.ts";
import type { Digest } from "#schemas/types.ts";
import type { BenchForge } from "../campaign/bench-forge.ts";

export const REGIONS = ["eu-west-1", "us-east-1", "us-west-2"];
const SCRIPTS_A_REPOSITORY = 50;
const AT_ONCE = 8;
const run = promisify(execFile);

export interface SteadyRepository {
  readonly id: number;
  readonly name: string;
  readonly head: string;
}

/** One script that every region serves as its branch says. */
export interface SteadyScript {
  readonly name: string;
  readonly repository: SteadyRepository;
  readonly path: string;
  readonly digest: Digest;
}

/** The text of a script's manifest. */
export function manifestText(name: string): string {
  return `kind: Script\nname: ${name}\nowner: team-${name.length}\nentry: index.js\nroute: /${name}\n`;
}

/**
 * Fills a forge with so many scripts in steady state: real repositories of 50 scripts each and `alone` repositories of
 * one, and a fleet repository with a release of every script in every region. Their bundles go to `bundles`.
 */
export async function fillSteadyFleet(
  forge: BenchForge,
  folder: string,
  bundles: string,
  { scripts, alone }: { readonly scripts: number; readonly alone: number },
): Promise<SteadyScript[]> {
  const names = Array.from({ length: scripts }, (_, index) => `script-${String(index).padStart(5, "0")}`);
  const homes = new Map<string, string[]>();
  for (const [index, name] of names.entries()) {
    const repository =
      index < alone ? `alone-${index}` : `pack-${Math.floor((index - alone) / SCRIPTS_A_REPOSITORY)}`;
    homes.set(repository, [...(homes.get(repository) ?? []), name]);
  }
  const repositories = new Map([["fleet", new Map([["fleet.yaml", fleetText()]])]]);
  for (const [repository, held] of homes) repositories.set(repository, filesOf(held));
  await forge.create(repositories);
  const octokit = new Octokit({ auth: forge.token, baseUrl: forge.api });
  const limit = pLimit(AT_ONCE);
  mkdirSync(bundles, { recursive: true });
  const found = [...homes].map(([name, held]) =>
    limit(async () => {
      const repository = await repositoryOf(octokit, name);
      return held.map((script) =>
        steadyScript(script, repository, held.length === 1 ? "." : script, bundles),
      );
    }),
  );
  const steady = (await Promise.all(found)).flat();
  await pushReleases(forge, join(folder, "fleet-clone"), steady);
  return steady;
}

function fleetText(): string {
  const regions = REGIONS.map((region) => `  ${region}: { timezone: Etc/UTC }\n`);
  return `kind: Fleet\nregions:\n${regions.join("")}`;
}

function filesOf(scripts: readonly string[]): Map<string, string> {
  const folder = (name: string): string => (scripts.length === 1 ? "" : `${name}/`);
  return new Map(
    scripts.flatMap((name) => [
      [`${folder(name)}showrunner.yaml`, manifestText(name)],
      [`${folder(name)}index.js`, `export default { fetch: () => new Response("${name}") };\n`],
    ]),
  );
}

async function repositoryOf(octokit: Octokit, name: string): Promise<SteadyRepository> {
  const where = { owner: "acme", repo: name };
  const { data: repository } = await octokit.rest.repos.get(where);
  const { data: ref } = await octokit.rest.git.getRef({ ...where, ref: "heads/main" });
  return { id: repository.id, name, head: ref.object.sha };
}

function steadyScript(
  name: string,
  repository: SteadyRepository,
  path: string,
  bundles: string,
): SteadyScript {
  const bytes = `// The bundle of ${name}\n`;
  const hex = createHash("sha256").update(bytes).digest("hex");
  writeFileSync(join(bundles, `${hex}.js`), bytes);
  return { name, repository, path, digest: `sha256:${hex}` };
}

/** All releases as one commit, by git's own fast-import. */
async function pushReleases(
  forge: BenchForge,
  clone: string,
  scripts: readonly SteadyScript[],
): Promise<void> {
  const url = new URL(`${forge.origin}/acme/fleet.git`);
  url.username = "acme";
  url.password = forge.token;
  const env = { PATH: process.env["PATH"], HOME: clone, GIT_CONFIG_NOSYSTEM: "1", GIT_TERMINAL_PROMPT: "0" };
  await run("git", ["clone", "--quiet", "--bare", url.href, clone], { env: { ...env, HOME: "/" } });
  const child = spawn("git", ["fast-import", "--quiet"], {
    cwd: clone,
    env,
    stdio: ["pipe", "ignore", "inherit"],
  });
  const message = "Release everything everywhere";
  child.stdin.write(
    `commit refs/heads/main\ncommitter bench <bench@acme.example> 1764000000 +0000\n${data(message)}from refs/heads/main^0\n`,
  );
  for (const region of REGIONS) {
    for (const { name, repository, path, digest } of scripts) {
      const text = releaseText({
        kind: "Release",
        script: name,
        version: "1",
        source: { repoId: repository.id, repo: `acme/${repository.name}`, path },
        stable: { digest, commit: repository.head },
      });
      child.stdin.write(`M 100644 inline ${releasePath(region, name, "1")}\n${data(text)}`);
    }
  }
  child.stdin.end();
  const [code] = await once(child, "exit");
  if (code !== 0) throw new Error(`git fast-import ended with ${code}`);
  await run("git", ["push", "--quiet", url.href, "refs/heads/main:refs/heads/main"], { cwd: clone, env });
}

function data(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}\n`;
}

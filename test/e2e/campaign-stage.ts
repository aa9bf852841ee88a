import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import type { Overview } from "#app/api/overview.ts";
import { localPackages } from "#local/registry/local-packages.ts";
import { startRegistry } from "#local/registry.ts";
import { freePortBlock } from "../local/free-port.ts";
import { startPlatform } from "../local/start-platform.ts";
import { SmallFleet } from "../reliability/small-fleet.ts";
import { git } from "./forge.ts";

const run = promisify(execFile);

/** A platform to run campaigns on, with people who may do anything. */
export interface CampaignStage {
  /** Where its scripts are deployed; canaries run in the first. */
  readonly regions: readonly [string, ...string[]];
  /** Where the first region answers. */
  readonly gatewayUrl: string;
  readonly registryUrl: string;
  overview(): Promise<Overview>;
  /** An API call of the control plane, with its token; throws what it refuses with. */
  api<T>(method: "GET" | "POST", route: string, body?: object): Promise<T>;
  /** A REST call of GitHub. */
  github<T>(method: string, route: string, body?: object): Promise<T>;
  /** Puts files on a branch of acme/<name>, which is made first where there is none. */
  push(name: string, branch: string, files: Readonly<Record<string, string>>): Promise<void>;
  /** `npm ci` in a fresh clone of a branch; throws npm's own words when that does not work. */
  install(name: string, branch: string): Promise<void>;
  close(): Promise<void>;
}

interface Place {
  readonly regions: CampaignStage["regions"];
  readonly gatewayUrl: string;
  readonly registryUrl: string;
  readonly controlPlane: { readonly url: string; readonly token: string };
  readonly forge: { readonly url: string; readonly token: string };
  readonly close: () => Promise<void>;
}

/** One node and the control plane. */
export async function startSmallStage(): Promise<CampaignStage> {
  const packages = await localPackages(path.join(import.meta.dirname, "../.."));
  const registry = await startRegistry({ port: 0, packages });
  const region = "eu-west-1";
  const fleet = await SmallFleet.start({
    nodes: [{ id: "eu-1", region }],
    fleet: `kind: Fleet
regions:
  ${region}: { timezone: Europe/Dublin }
caps: { removePct: 20, canaryExposurePct: 40 }
operators: ["@alice"]
`,
    registryUrl: registry.url,
  });
  return stageAt({
    regions: [region],
    gatewayUrl: fleet.gatewayOf("eu-1"),
    registryUrl: registry.url,
    controlPlane: { url: fleet.controlPlaneUrl, token: "token-of-the-api-0123456789" },
    forge: { url: fleet.bench.url, token: "alice-token" },
    close: async () => {
      await fleet.close();
      await registry.close();
    },
  });
}

/** The whole platform, as `npm start` starts it. */
export async function startWholeStage(): Promise<CampaignStage> {
  const home = await mkdtemp(path.join(tmpdir(), "showrunner-campaign-"));
  const platform = await startPlatform({ port: await freePortBlock(40), home, tour: false, store: "opened" });
  return stageAt({
    regions: ["eu-west-1", "us-east-1", "us-west-2"],
    gatewayUrl: platform.urls.gateways["eu-west-1"],
    registryUrl: platform.urls.registry,
    controlPlane: { url: platform.urls.dashboard, token: platform.token("api") },
    forge: { url: platform.urls.github, token: platform.token("operator") },
    close: async () => {
      await platform.stop();
      await rm(home, { recursive: true, force: true });
    },
  });
}

async function stageAt(place: Place): Promise<CampaignStage> {
  const { regions, gatewayUrl, registryUrl, controlPlane, forge } = place;
  const folder = await mkdtemp(path.join(tmpdir(), "showrunner-stage-"));
  const clones = new Map<string, string>();
  const rest = <T>(method: string, route: string, body?: object): Promise<T> =>
    call(`${forge.url}/api/v3${route}`, method, `token ${forge.token}`, body);
  const remote = (name: string): string =>
    `${forge.url.replace("http://", `http://x-access-token:${forge.token}@`)}/acme/${name}.git`;
  return {
    regions,
    gatewayUrl,
    registryUrl,
    overview: () => call(`${controlPlane.url}/api/overview`, "GET", `Bearer ${controlPlane.token}`),
    api: (method, route, body) =>
      call(`${controlPlane.url}${route}`, method, `Bearer ${controlPlane.token}`, body),
    github: rest,
    async push(name, branch, files) {
      const clone = clones.get(name) ?? path.join(folder, name);
      if (!clones.has(name)) {
        await rest("POST", "/orgs/acme/repos", { name });
        await git(folder, "init", "-q", "-b", "main", clone);
        await git(clone, "remote", "add", "origin", remote(name));
        clones.set(name, clone);
      } else {
        await git(clone, "fetch", "-q", "origin");
        const isThere = await git(clone, "ls-remote", "origin", `refs/heads/${branch}`);
        await git(clone, "checkout", "-q", "-B", "work", isThere === "" ? "origin/main" : `origin/${branch}`);
      }
      for (const [file, text] of Object.entries(files)) {
        await mkdir(path.dirname(path.join(clone, file)), { recursive: true });
        await writeFile(path.join(clone, file), text);
      }
      await git(clone, "add", "-A");
      await git(clone, "commit", "-q", "--allow-empty", "-m", "Change what runs");
      await git(clone, "push", "-q", "origin", `HEAD:refs/heads/${branch}`);
    },
    async install(name, branch) {
      const fresh = await mkdtemp(path.join(folder, "install-"));
      await git(folder, "clone", "-q", "--depth", "1", "-b", branch, remote(name), fresh);
      const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", `--registry=${registryUrl}`];
      await run("npm", [...args, `--cache=${path.join(folder, "npm")}`], { cwd: fresh });
      await rm(fresh, { recursive: true, force: true });
    },
    async close() {
      await place.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function call<T>(url: string, method: string, authorization: string, body?: object): Promise<T> {
  const answer = await fetch(url, {
    method,
    headers: { authorization, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${text}`);
  const parsed: T = JSON.parse(text);
  return parsed;
}

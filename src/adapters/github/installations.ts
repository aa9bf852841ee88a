import type { ProbotOctokit } from "probot";
import { CodeHostError, type Clock, type InstalledRepository, type Repository } from "#domain/ports.ts";
import { failedStatus } from "./code-host-failure.ts";

/** A client that acts as the app (no id) or as one of its installations; Probot's `auth` is one. */
export type OctokitFor = (installationId?: number) => Promise<ProbotOctokit>;

/** Our app as GitHub knows it. */
export interface AppIdentity {
  readonly id: number;
  /** The login under which the app writes. */
  readonly botLogin: string;
}

/** What a token is for: fetching with git, or opening and changing upgrade pull requests. */
export type TokenUse = "fetch" | "upgrade";

const PERMISSIONS = {
  fetch: { contents: "read" },
  upgrade: { contents: "write", pull_requests: "write", issues: "write" },
} as const;

/** Who we are on GitHub, and through which installation a repository is reached. */
export interface Installations {
  readonly repositories: () => Promise<InstalledRepository[]>;
  readonly octokitOf: (repository: Repository) => Promise<ProbotOctokit>;
  readonly tokenOf: (repository: Repository, use: TokenUse) => Promise<string>;
  readonly identity: () => Promise<AppIdentity>;
}

const INSTALLATIONS_MAX = 1_000;
const REPOSITORIES_MAX = 50_000;
const TOKEN_RENEWED_BEFORE_MS = 300_000;

interface HeldToken {
  readonly token: Promise<string>;
  /** Infinite while it is being made. */
  expiresAtMs: number;
}

/** Installations are learned from `repositories`, or one by one when asked for a repository not seen yet. */
export function createInstallations(octokitFor: OctokitFor, clock: Clock): Installations {
  let installationOf = new Map<number, number>();
  const tokens = createTokens(octokitFor, clock);
  let self: Promise<AppIdentity> | null = null;

  async function installationId(repository: Repository): Promise<number> {
    const known = installationOf.get(repository.id);
    if (known !== undefined) return known;
    const octokit = await octokitFor();
    const { data } = await octokit.rest.apps.getRepoInstallation(ownerAndName(repository));
    installationOf.set(repository.id, data.id);
    return data.id;
  }

  return {
    async repositories() {
      const found: InstalledRepository[] = [];
      const seen = new Map<number, number>();
      for (const installation of await activeInstallations(await octokitFor())) {
        for (const repository of await repositoriesOf(await octokitFor(installation))) {
          seen.set(repository.id, installation);
          found.push(repository);
        }
      }
      installationOf = seen;
      return found;
    },

    octokitOf: async (repository) => octokitFor(await installationId(repository)),

    async tokenOf(repository, use) {
      const installation = await installationId(repository);
      try {
        return await tokens.held(installation, use);
      } catch (error) {
        tokens.forget(installation, use);
        // Uninstalled, and perhaps installed anew under another id.
        if (failedStatus(error) === 404) installationOf.delete(repository.id);
        throw error;
      }
    },

    async identity() {
      self ??= octokitFor().then(appIdentity);
      try {
        return await self;
      } catch (error) {
        self = null;
        throw error;
      }
    },
  };
}

/** Tokens of installations, each made anew shortly before it ends. */
function createTokens(octokitFor: OctokitFor, clock: Clock) {
  const tokens = new Map<string, HeldToken>();

  async function newToken(
    installation: number,
    use: TokenUse,
  ): Promise<{ token: string; expiresAtMs: number }> {
    const octokit = await octokitFor();
    // Not octokit.auth({ type: "installation" }): with GHE_HOST that still asks github.com.
    const { data } = await octokit.rest.apps.createInstallationAccessToken({
      installation_id: installation,
      permissions: PERMISSIONS[use],
    });
    return { token: data.token, expiresAtMs: Date.parse(data.expires_at) };
  }

  /** Callers that come while a token is being made share it. */
  function heldToken(installation: number, use: TokenUse): HeldToken {
    const key = `${use} ${installation}`;
    const held = tokens.get(key);
    if (held !== undefined && held.expiresAtMs - clock.now() > TOKEN_RENEWED_BEFORE_MS) return held;
    const renewed: HeldToken = {
      expiresAtMs: Number.POSITIVE_INFINITY,
      token: newToken(installation, use).then(({ token, expiresAtMs }) => {
        renewed.expiresAtMs = expiresAtMs;
        return token;
      }),
    };
    tokens.set(key, renewed);
    return renewed;
  }

  return {
    held: (installation: number, use: TokenUse): Promise<string> => heldToken(installation, use).token,
    forget: (installation: number, use: TokenUse): void => void tokens.delete(`${use} ${installation}`),
  };
}

/** `owner` and `repo` as Octokit's methods take them. */
export function ownerAndName(repository: Repository): { owner: string; repo: string } {
  const [owner, repo, ...rest] = repository.fullName.split("/");
  if (!owner || !repo || rest.length > 0) {
    throw new CodeHostError("terminal", `${JSON.stringify(repository.fullName)} is not owner/name`);
  }
  return { owner, repo };
}

async function activeInstallations(octokit: ProbotOctokit): Promise<number[]> {
  const ids: number[] = [];
  for await (const page of octokit.paginate.iterator(octokit.rest.apps.listInstallations, {
    per_page: 100,
  })) {
    ids.push(...page.data.filter((one) => one.suspended_at === null).map((one) => one.id));
    if (ids.length >= INSTALLATIONS_MAX) break;
  }
  return ids;
}

async function repositoriesOf(octokit: ProbotOctokit): Promise<InstalledRepository[]> {
  const repositories: InstalledRepository[] = [];
  const list = octokit.rest.apps.listReposAccessibleToInstallation;
  for await (const page of octokit.paginate.iterator(list, { per_page: 100 })) {
    const items = page.data;
    repositories.push(
      ...items.map((item) => ({
        id: item.id,
        fullName: item.full_name,
        defaultBranch: item.default_branch,
        pushedAt: item.pushed_at ?? "",
        archived: item.archived,
      })),
    );
    if (repositories.length >= REPOSITORIES_MAX) break;
  }
  return repositories;
}

async function appIdentity(octokit: ProbotOctokit): Promise<AppIdentity> {
  const { data } = await octokit.rest.apps.getAuthenticated();
  if (data === null || data.slug === undefined)
    throw new CodeHostError("transient", "GitHub does not name our app");
  return { id: data.id, botLogin: `${data.slug}[bot]` };
}

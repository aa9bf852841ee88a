import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { Octokit } from "@octokit/rest";
import { githubClient, hasStatus } from "./github-client.ts";
import { cloneAs } from "./person-git.ts";
import type { Person } from "./secrets.ts";

export interface SeedOptions {
  /** The local GitHub's. */
  readonly origin: string;
  readonly organization: string;
  /** One folder a repository. */
  readonly samples: string;
  /** Where clones may live for a moment. */
  readonly clones: string;
  readonly admin: Person;
  /** Who the first commits are by, in turn. */
  readonly authors: readonly Person[];
  readonly signal: AbortSignal;
}

const AT_ONCE = 3;

/**
 * Brings the sample repositories into the local GitHub: each is created by REST and gets its files as one commit by
 * git. What is there already is left alone, so it can be run again after having been cut off anywhere.
 * Returns the names of the repositories that were seeded now.
 */
export async function seed(options: SeedOptions): Promise<string[]> {
  const github = githubClient(options.origin, options.admin.token, options.signal);
  const names = readdirSync(options.samples, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    // The fleet comes first: the scripts are read against it.
    .sort((left, right) => Number(right === "fleet") - Number(left === "fleet") || left.localeCompare(right));
  const seeded: string[] = [];
  const queue = names.entries();
  const worker = async (): Promise<void> => {
    for (const [index, name] of queue) {
      const author = options.authors[index % options.authors.length]!;
      if (await seedOne(github, name, author, options)) seeded.push(name);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return seeded;
}

/** True when the repository had no commit yet and has one now. */
async function seedOne(
  github: Octokit,
  name: string,
  author: Person,
  options: SeedOptions,
): Promise<boolean> {
  const place = { owner: options.organization, repo: name };
  if (await exists(async () => await github.repos.getBranch({ ...place, branch: "main" }))) return false;
  if (!(await exists(async () => await github.repos.get(place)))) {
    await github.repos.createInOrg({ org: options.organization, name });
  }
  for (const person of options.authors) {
    await github.repos.addCollaborator({ ...place, username: person.login, permission: "push" });
  }
  const url = `${options.origin}/${options.organization}/${name}.git`;
  const clone = await cloneAs(author, url, options.clones, options.signal);
  try {
    clone.copyIn(join(options.samples, name));
    await clone.commit(name === "fleet" ? "Describe the fleet" : `Add ${name}`);
    await clone.push("main");
  } finally {
    clone.dispose();
  }
  return true;
}

async function exists(get: () => Promise<unknown>): Promise<boolean> {
  try {
    await get();
    return true;
  } catch (error) {
    if (hasStatus(error, 404)) return false;
    throw error;
  }
}

import { CodeHostError } from "#domain/ports.ts";
import type { UpgradePull } from "#domain/campaign/standing-pull.ts";
import type {
  ForgeBranch,
  ForgeFile,
  ForgeRepository,
  NewCommit,
  UpgradeForge,
} from "#domain/campaign/upgrade-forge.ts";
import { isProjectFile } from "#domain/campaign/project-layout.ts";
import type { CommitSeen } from "#domain/campaign/upgrade-identity.ts";
import { codeHostFailure, failedStatus } from "../code-host-failure.ts";
import {
  readBranches,
  readCommit,
  readFiles,
  readPulls,
  readRefSha,
  readRepository,
  readTip,
} from "./forge-answers.ts";
import type { ForgeClient, WaitingClock } from "./forge-client.ts";
import { ForgeReader } from "./forge-reader.ts";
import type { RunCache } from "./run-cache.ts";
import { swapRef } from "./swap-ref.ts";
import { TextMemory } from "./text-memory.ts";

const PULLS_A_PAGE = 100;
const PULL_PAGES_MAX = 20;
const MERGEABLE_LOOKS = 4;
const MERGEABLE_WAIT_MS = 500;

/** Upgrades over GitHub's REST API, with one push where only git's own protocol is safe. */
export class RestUpgradeForge implements UpgradeForge {
  readonly #client: ForgeClient;
  readonly #cache: RunCache;
  readonly #clock: WaitingClock;
  readonly #reader: ForgeReader;
  readonly #texts = new TextMemory();

  constructor(client: ForgeClient, cache: RunCache, clock: WaitingClock) {
    this.#client = client;
    this.#cache = cache;
    this.#clock = clock;
    this.#reader = new ForgeReader(client, cache, clock);
  }

  async pullsFrom(
    repository: string,
    branch: string,
  ): Promise<{ pulls: UpgradePull[]; repository: ForgeRepository | null }> {
    const where = place(repository);
    const query = { ...where, state: "all", head: `${where.owner}:${branch}`, per_page: PULLS_A_PAGE };
    const pulls: UpgradePull[] = [];
    let seen: ForgeRepository | null = null;
    for (let page = 1; page <= PULL_PAGES_MAX; page += 1) {
      const found = await this.#reader.changing("/repos/{owner}/{repo}/pulls", { ...query, page }, (data) =>
        readPulls(data, repository, branch),
      );
      if (found === null) break;
      pulls.push(...found.pulls);
      seen = found.repository ?? seen;
      if (found.count < PULLS_A_PAGE) break;
    }
    return { pulls, repository: seen };
  }

  repository(name: string): Promise<ForgeRepository | null> {
    return this.#reader.changing("/repos/{owner}/{repo}", place(name), (data) => readRepository(data, name));
  }

  async tip(repository: string, branch: string): Promise<{ commit: string; tree: string } | null> {
    const where = place(repository);
    const route = "/repos/{owner}/{repo}/branches/{branch}";
    const whole = await this.#reader.changing(route, { ...where, branch }, readTip);
    if (whole !== null) return whole;
    const ref = await this.#head(repository, branch);
    const commit = ref === null ? null : await this.commit(repository, ref);
    return ref === null || commit === null ? null : { commit: ref, tree: commit.tree };
  }

  async branchesUnder(repository: string, prefix: string): Promise<ForgeBranch[]> {
    const where = { ...place(repository), ref: `heads/${prefix}` };
    const route = "/repos/{owner}/{repo}/git/matching-refs/{ref}";
    return (await this.#reader.changing(route, where, readBranches)) ?? [];
  }

  async files(repository: string, tree: string, which: "all" | "project"): Promise<ForgeFile[]> {
    const key = `tree ${tree}`;
    const known = which === "project" ? readFiles(this.#cache.fact(key)) : null;
    if (known !== null) return [...known.files];
    const route = "/repos/{owner}/{repo}/git/trees/{tree}";
    const found = await this.#reader.once(route, { ...place(repository), tree, recursive: "1" }, readFiles);
    if (found === null) throw new CodeHostError("transient", `the tree ${tree} is not there`);
    if (found.isCut) throw new CodeHostError("terminal", "the repository has more files than GitHub lists");
    const files = found.files.filter(({ path }) => isProjectFile(path));
    // All would be too much to remember.
    this.#cache.keepFact(key, { files, isCut: false });
    return which === "project" ? files : [...found.files];
  }

  async text(repository: string, blob: string): Promise<string> {
    const held = this.#texts.get(blob);
    if (held !== undefined) return held;
    const { data } = await this.#asked(() =>
      this.#client.octokit.rest.git.getBlob({ ...place(repository), file_sha: blob }),
    );
    const isEncoded = data.encoding === "base64";
    const text = isEncoded ? Buffer.from(data.content, "base64").toString("utf8") : data.content;
    this.#texts.keep(blob, text);
    return text;
  }

  async commit(repository: string, sha: string): Promise<CommitSeen | null> {
    const known = readCommit(this.#cache.fact(`commit ${sha}`));
    if (known !== null) return known;
    const where = { ...place(repository), sha };
    const found =
      (await this.#reader.once("/repos/{owner}/{repo}/git/commits/{sha}", where, readCommit)) ??
      (await this.#reader.once("/repos/{owner}/{repo}/commits/{sha}", where, readCommit));
    if (found !== null) this.#cache.keepFact(`commit ${sha}`, found);
    return found;
  }

  createCommit(
    repository: string,
    { parent, baseTree, files, message }: NewCommit,
  ): Promise<{ commit: string; tree: string }> {
    const { git } = this.#client.octokit.rest;
    const where = place(repository);
    const entries = files.map(({ path, mode, text }) => ({
      path,
      mode,
      type: "blob" as const,
      content: text,
    }));
    return this.#asked(async () => {
      const { data: tree } = await git.createTree({ ...where, base_tree: baseTree, tree: entries });
      // Without an author, so that GitHub signs it in the app's name.
      const commit = { ...where, tree: tree.sha, parents: [parent], message: message(tree.sha) };
      try {
        const { data } = await git.createCommit(commit);
        return { commit: data.sha, tree: tree.sha };
      } catch (error) {
        if (failedStatus(error) !== 422) throw error;
        const author = { name: "showrunner", email: "showrunner@users.noreply.github.com" };
        const { data } = await git.createCommit({ ...commit, author });
        return { commit: data.sha, tree: tree.sha };
      }
    });
  }

  async createBranch(repository: string, branch: string, commit: string): Promise<"created" | "exists"> {
    try {
      const ref = `refs/heads/${branch}`;
      await this.#client.octokit.rest.git.createRef({ ...place(repository), ref, sha: commit });
      return "created";
    } catch (error) {
      const isRefused = failedStatus(error) === 422 || failedStatus(error) === 409;
      if (isRefused && (await this.#head(repository, branch)) !== null) return "exists";
      throw codeHostFailure(error, this.#clock.now());
    }
  }

  async moveBranch(
    repository: ForgeRepository,
    branch: string,
    from: string,
    to: string,
  ): Promise<"moved" | "raced"> {
    const { apiUrl, token, octokit } = this.#client;
    const gitUrl = trustedGitUrl(repository.gitUrl, apiUrl);
    if (gitUrl !== null) {
      await this.#client.takeTurn();
      const swapped = await swapRef({ gitUrl, token, ref: `refs/heads/${branch}`, from, to });
      if (swapped !== "refused") return swapped;
    }
    // Without git's own compare-and-swap, a look right before is the closest there is.
    const current = await this.#head(repository.name, branch);
    if (current !== from) return current === to ? "moved" : "raced";
    const where = { ...place(repository.name), ref: `heads/${branch}` };
    await this.#asked(() => octokit.rest.git.updateRef({ ...where, sha: to, force: true }));
    return "moved";
  }

  async openPull(
    repository: string,
    pull: { readonly branch: string; readonly base: string; readonly title: string; readonly body: string },
  ): Promise<{ number: number; url: string } | "exists"> {
    const { branch: head, base, title, body } = pull;
    try {
      const made = { ...place(repository), head, base, title, body };
      const { data } = await this.#client.octokit.rest.pulls.create(made);
      return { number: data.number, url: data.html_url };
    } catch (error) {
      const reason = error instanceof Error ? error.message : "";
      if (failedStatus(error) === 422 && /already exists/i.test(reason)) return "exists";
      throw codeHostFailure(error, this.#clock.now());
    }
  }

  async updatePull(
    repository: string,
    number: number,
    texts: { readonly title: string; readonly body: string },
  ): Promise<void> {
    const { title, body } = texts;
    const changed = { ...place(repository), pull_number: number, title, body };
    await this.#asked(() => this.#client.octokit.rest.pulls.update(changed));
  }

  async retirePull(
    repository: string,
    number: number,
    texts: { readonly title: string; readonly body: string },
  ): Promise<void> {
    const closed = { ...place(repository), pull_number: number, ...texts, state: "closed" as const };
    await this.#asked(() => this.#client.octokit.rest.pulls.update(closed));
  }

  async addLabels(repository: string, number: number, labels: readonly string[]): Promise<void> {
    const added = { ...place(repository), issue_number: number, labels: [...labels] };
    await this.#asked(() => this.#client.octokit.rest.issues.addLabels(added));
  }

  async isMergeable(repository: string, number: number): Promise<boolean | null> {
    for (let look = 1; look <= MERGEABLE_LOOKS; look += 1) {
      const where = { ...place(repository), pull_number: number };
      const { data } = await this.#asked(() => this.#client.octokit.rest.pulls.get(where));
      if (typeof data.mergeable === "boolean") return data.mergeable;
      // GitHub works it out after it was first asked.
      if (data.mergeable === undefined) return null;
      if (look < MERGEABLE_LOOKS) await this.#clock.sleep(MERGEABLE_WAIT_MS * look);
    }
    return null;
  }

  #head(repository: string, branch: string): Promise<string | null> {
    const where = { ...place(repository), ref: `heads/${branch}` };
    return this.#reader.once("/repos/{owner}/{repo}/git/ref/{ref}", where, readRefSha);
  }

  async #asked<T>(request: () => Promise<T>): Promise<T> {
    try {
      return await request();
    } catch (error) {
      throw codeHostFailure(error, this.#clock.now());
    }
  }
}

function place(repository: string): { owner: string; repo: string } {
  const [owner = "", repo = ""] = repository.split("/");
  return { owner, repo };
}

/** git's address counts only where the API lives: the token goes nowhere else. */
function trustedGitUrl(gitUrl: string | null, apiUrl: string): string | null {
  if (gitUrl === null || !URL.canParse(gitUrl)) return null;
  const [git, api] = [new URL(gitUrl), new URL(apiUrl)];
  const isSame = git.protocol === api.protocol && (git.host === api.host || `api.${git.host}` === api.host);
  return isSame ? gitUrl : null;
}

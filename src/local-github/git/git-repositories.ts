import { mkdirSync, rmSync } from "node:fs";
import path from "node:path";
import { BareRepository } from "./bare-repository.ts";
import { isOwnerName, isRepositoryName } from "./names.ts";

const OPEN_MAX = 64;

/** The bare repositories below `<home>/repos`. Keeps at most 64 of them open. */
export class GitRepositories {
  readonly #root: string;
  readonly #incoming: string;
  readonly #open = new Map<string, BareRepository>();

  constructor(home: string) {
    this.#root = path.join(home, "repos");
    this.#incoming = path.join(home, "incoming");
    rmSync(this.#incoming, { recursive: true, force: true });
    mkdirSync(this.#incoming, { recursive: true });
  }

  /** Where bodies of pushes wait; what a crash left there is thrown away. */
  get incoming(): string {
    return this.#incoming;
  }

  get root(): string {
    return this.#root;
  }

  at({ owner, name }: { owner: string; name: string }): BareRepository {
    if (!isOwnerName(owner) || !isRepositoryName(name))
      throw new Error(`bad repository name ${owner}/${name}`);
    const directory = path.join(this.#root, owner, `${name}.git`);
    const found = this.#open.get(directory) ?? new BareRepository(directory);
    // Taken out and put back, so that the first of the map is the one unused for longest.
    this.#open.delete(directory);
    this.#open.set(directory, found);
    if (this.#open.size > OPEN_MAX) this.#forgetOldest();
    return found;
  }

  close(): void {
    for (const repository of this.#open.values()) repository.close();
    this.#open.clear();
  }

  #forgetOldest(): void {
    const oldest = this.#open.entries().next().value;
    if (oldest === undefined) return;
    this.#open.delete(oldest[0]);
    oldest[1].close();
  }
}

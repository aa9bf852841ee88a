import type { GitMirror } from "#domain/ports.ts";

/** Commits as maps of texts; a commit's id is its place in the list, a blob's id its text. */
export class TextMirror implements GitMirror {
  readonly commits: ReadonlyMap<string, string>[];
  /** Every path whose text was asked for. */
  readPaths: string[] = [];

  constructor(...commits: ReadonlyMap<string, string>[]) {
    this.commits = commits;
  }

  get newest(): string {
    return String(this.commits.length - 1);
  }

  async list(commit: string, folder: string) {
    return [...this.#at(commit)]
      .filter(([path]) => folder === "." || path.startsWith(`${folder}/`))
      .map(([path, text]) => ({ path, mode: "100644" as const, id: text, bytes: text.length }));
  }

  async read(commit: string, paths: readonly string[]) {
    this.readPaths.push(...paths);
    return new Map([...this.#at(commit)].filter(([path]) => paths.includes(path)));
  }

  async history(commit: string, path: string) {
    const upTo = this.commits.slice(0, Number(commit) + 1);
    return upTo.flatMap((files, index) => (files.has(path) ? [String(index)] : [])).toReversed();
  }

  async messages() {
    return [];
  }

  async firstParentCount(commit: string) {
    return Number(commit) + 1;
  }

  async has(commit: string) {
    return this.commits[Number(commit)] !== undefined;
  }

  async resolve() {
    return this.newest;
  }

  async isAncestor(ancestor: string, descendant: string) {
    return Number(ancestor) <= Number(descendant);
  }

  async treeId(commit: string) {
    return `tree-${commit}`;
  }

  async committedAtMs() {
    return 0;
  }

  async authors() {
    return [];
  }

  async trailers() {
    return [];
  }

  async sync() {}

  checkout(): Promise<void> {
    return Promise.reject(new Error("there are only texts here"));
  }

  #at(commit: string): ReadonlyMap<string, string> {
    return this.commits[Number(commit)] ?? new Map();
  }
}

import { randomUUID } from "node:crypto";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { parseCommit, formatCommit, type Commit } from "./commit.ts";
import { formatTree, parseTree, type TreeEntry } from "./tree.ts";
import { isRefName, isSha, isShortRefName } from "./names.ts";
import { ObjectReader, type GitObject, type ObjectInfo } from "./object-reader.ts";
import { runGit } from "./run-git.ts";
import { writeObject } from "./write-object.ts";

export const EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";
export const ZERO = "0".repeat(40);
/** Pull request refs are ours to move; any commit may be fetched by its id, as from GitHub. */
const CONFIG = `[core]
\trepositoryformatversion = 0
\tfilemode = true
\tbare = true
[http]
\treceivepack = true
[receive]
\thideRefs = refs/pull
\tautogc = false
\tfsckObjects = true
[gc]
\tauto = 0
[uploadpack]
\tallowFilter = true
\tallowAnySHA1InWant = true
`;
const READER_IDLE_MS = 30_000;

/** A ref from one commit to another; `ZERO` stands for "not there". */
export type RefChange = { ref: string; before: string; after: string };

/** Something in a tree or below it, by its path from the top. */
export type TreeItem = TreeEntry & { path: string };

/** What to put at a path of a tree; null removes it. */
export type TreeEdit = { path: string; entry: { mode: string; oid: string } | null };

/** One bare repository on disk: objects are read through a kept `cat-file` and written directly. */
export class BareRepository {
  readonly directory: string;
  #reader: ObjectReader | undefined;
  #idle: NodeJS.Timeout | undefined;

  constructor(directory: string) {
    this.directory = directory;
  }

  /** Lays out an empty repository, as `git init --bare` does but without starting git. */
  async create(defaultBranch: string): Promise<void> {
    for (const folder of ["objects/info", "objects/pack", "refs/heads", "refs/tags"]) {
      await mkdir(path.join(this.directory, folder), { recursive: true });
    }
    await writeFile(path.join(this.directory, "config"), CONFIG);
    await writeFile(path.join(this.directory, "HEAD"), `ref: refs/heads/${defaultBranch}\n`);
  }

  async remove(): Promise<void> {
    this.close();
    await rm(this.directory, { recursive: true, force: true });
  }

  /** Moves the whole repository to where another one would be; what a crash left there is thrown away. */
  async moveTo(place: BareRepository): Promise<void> {
    await place.remove();
    this.close();
    await rename(this.directory, place.directory);
  }

  close(): void {
    clearTimeout(this.#idle);
    this.#reader?.close();
    this.#reader = undefined;
  }

  info(name: string): Promise<ObjectInfo | undefined> {
    return this.#open().info(name);
  }

  read(name: string): Promise<GitObject | undefined> {
    return this.#open().read(name);
  }

  /** What a full ref name points at, or undefined. */
  async ref(ref: string): Promise<ObjectInfo | undefined> {
    return isRefName(ref) ? this.info(ref) : undefined;
  }

  async branch(name: string): Promise<string | undefined> {
    return (await this.ref(`refs/heads/${name}`))?.oid;
  }

  /** A commit's id from a branch, tag, `heads/x`, `tags/x`, full ref or (shortened) commit id. */
  async resolveCommit(name: string): Promise<string | undefined> {
    if (isSha(name)) return (await this.info(name))?.type === "commit" ? name : undefined;
    const candidates = isShortRefName(name)
      ? [`refs/heads/${name}`, `refs/tags/${name}`, `refs/${name}`]
      : [];
    if (isRefName(name)) candidates.push(name);
    if (/^[0-9a-f]{7,39}$/.test(name)) candidates.push(name);
    if (name === "HEAD") candidates.push(name);
    for (const candidate of candidates) {
      const found = await this.info(`${candidate}^{commit}`);
      if (found?.type === "commit") return found.oid;
    }
    return undefined;
  }

  async commit(oid: string): Promise<Commit | undefined> {
    const found = isSha(oid) ? await this.read(oid) : undefined;
    return found?.type === "commit" ? parseCommit(oid, found.content) : undefined;
  }

  /** A commit that must be there, because a ref or another commit names it. */
  async mustCommit(oid: string): Promise<Commit> {
    const commit = await this.commit(oid);
    if (commit === undefined) throw new Error(`commit ${oid} is missing in ${this.directory}`);
    return commit;
  }

  writeBlob(content: Buffer): Promise<string> {
    return writeObject(this.directory, "blob", content);
  }

  writeCommit(commit: Omit<Commit, "oid">): Promise<string> {
    return writeObject(this.directory, "commit", formatCommit(commit));
  }

  async tree(oid: string): Promise<TreeEntry[] | undefined> {
    if (oid === EMPTY_TREE) return [];
    const found = await this.read(oid);
    return found?.type === "tree" ? parseTree(found.content) : undefined;
  }

  /** What is at a path (`a/b.txt`, or empty for the tree itself), or undefined. */
  async entryAt(tree: string, at: string): Promise<TreeEntry | undefined> {
    let entry: TreeEntry = { mode: "040000", name: "", oid: tree };
    for (const part of at.split("/").filter(Boolean)) {
      if (entry.mode !== "040000") return undefined;
      const next = (await this.tree(entry.oid))?.find((each) => each.name === part);
      if (next === undefined) return undefined;
      entry = next;
    }
    return entry;
  }

  /** Everything in a tree in the order of its paths, folders before what is in them. */
  async listTree(oid: string, isDeep: boolean, below = ""): Promise<TreeItem[]> {
    const items: TreeItem[] = [];
    for (const entry of (await this.tree(oid)) ?? []) {
      const item = { ...entry, path: `${below}${entry.name}` };
      items.push(item);
      if (isDeep && entry.mode === "040000")
        items.push(...(await this.listTree(entry.oid, isDeep, `${item.path}/`)));
    }
    return items;
  }

  /** A new tree: `base` with the edits applied. Folders that become empty go. */
  async editTree(base: string, edits: readonly TreeEdit[]): Promise<string> {
    const entries = new Map((await this.tree(base))?.map((entry) => [entry.name, entry]));
    const below = new Map<string, TreeEdit[]>();
    for (const { path: at, entry } of edits) {
      const slash = at.indexOf("/");
      if (slash >= 0) {
        const folder = at.slice(0, slash);
        below.set(folder, [...(below.get(folder) ?? []), { path: at.slice(slash + 1), entry }]);
      } else if (entry === null) entries.delete(at);
      else entries.set(at, { name: at, ...entry });
    }
    for (const [name, inner] of below) {
      const old = entries.get(name);
      const oid = await this.editTree(old?.mode === "040000" ? old.oid : EMPTY_TREE, inner);
      if (oid === EMPTY_TREE) entries.delete(name);
      else entries.set(name, { name, mode: "040000", oid });
    }
    return writeObject(this.directory, "tree", formatTree([...entries.values()]));
  }

  /** All refs below a prefix such as `refs/heads`, name to object id. */
  async refs(prefix = "refs"): Promise<Map<string, string>> {
    const out = await runGit(this.directory, ["for-each-ref", "--format=%(objectname) %(refname)", prefix]);
    const lines = out.stdout.toString("utf8").split("\n").filter(Boolean);
    return new Map(lines.map((line) => [line.slice(41), line.slice(0, 40)]));
  }

  /** Moves refs in one transaction; false when one of them was not at its `before` any more. */
  async updateRefs(changes: readonly RefChange[]): Promise<boolean> {
    const input = changes.map(({ ref, before, after }) => {
      if (!isRefName(ref) || !isSha(before) || !isSha(after)) throw new Error(`bad ref change of ${ref}`);
      return after === ZERO ? `delete ${ref} ${before}\n` : `update ${ref} ${after} ${before}\n`;
    });
    const done = await runGit(this.directory, ["update-ref", "--stdin"], {
      input: input.join(""),
      okCodes: [0, 128],
    });
    return done.code === 0;
  }

  /**
   * Puts a ref below refs/pull where it should be without starting git. Only for these: pushes cannot move them, nothing packs
   * them, and their names never stand in each other's way.
   */
  async placePullRef(ref: string, oid: string): Promise<void> {
    if (!/^refs\/pull\/\d+\/(?:head|merge)$/.test(ref) || !isSha(oid))
      throw new Error(`${ref} is none of ours`);
    const file = path.join(this.directory, ref);
    if (oid === ZERO) return rm(file, { force: true });
    await mkdir(path.dirname(file), { recursive: true });
    // Beside it and then in its place: a reader sees the old one or the new one.
    const fresh = `${file}.${randomUUID()}.lock`;
    await writeFile(fresh, `${oid}\n`);
    await rename(fresh, file);
  }

  async setHead(branch: string): Promise<void> {
    await runGit(this.directory, ["symbolic-ref", "HEAD", `refs/heads/${branch}`]);
  }

  async isAncestor(ancestor: string, descendant: string): Promise<boolean> {
    if (ancestor === descendant) return true;
    // The common case, one commit on top, needs no git process.
    if ((await this.commit(descendant))?.parents.includes(ancestor) === true) return true;
    const args = ["merge-base", "--is-ancestor", ancestor, descendant];
    return (await runGit(this.directory, args, { okCodes: [0, 1] })).code === 0;
  }

  async mergeBase(a: string, b: string): Promise<string | undefined> {
    const done = await runGit(this.directory, ["merge-base", a, b], { okCodes: [0, 1] });
    return done.stdout.toString("utf8").trim() || undefined;
  }

  /** The tree of a three-way merge that keeps both sides, or undefined when they conflict. */
  async mergeTree(ours: string, theirs: string): Promise<string | undefined> {
    // The common case, one commit on top, needs no git process.
    const top = await this.commit(theirs);
    if (top?.parents.includes(ours) === true) return top.tree;
    const args = ["merge-tree", "--write-tree", "--no-messages", "--allow-unrelated-histories", ours, theirs];
    const done = await runGit(this.directory, args, { okCodes: [0, 1] });
    return done.code === 0 ? done.stdout.toString("utf8").trim() : undefined;
  }

  /** Commit ids by `git rev-list`; `args` are ids and options made by the caller, never a caller's text. */
  async revList(args: readonly string[], file?: string): Promise<string[]> {
    const tail = file === undefined ? ["--"] : ["--", file];
    const done = await runGit(this.directory, ["rev-list", ...args, ...tail]);
    return done.stdout.toString("utf8").split("\n").filter(Boolean);
  }

  #open(): ObjectReader {
    if (this.#reader === undefined || this.#reader.closed) this.#reader = new ObjectReader(this.directory);
    // A process for every repository ever touched would be too many: an unused one ends.
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.#closeWhenIdle(), READER_IDLE_MS).unref();
    return this.#reader;
  }

  #closeWhenIdle(): void {
    if (this.#reader?.idle === true) this.close();
    else this.#idle = setTimeout(() => this.#closeWhenIdle(), READER_IDLE_MS).unref();
  }
}

import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { lstat, mkdir, readFile, readdir, readlink, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { pino } from "pino";
import { createGitFacts } from "#adapters/git/git-facts.ts";
import { GIT_MIRROR_LIMITS, type GitMirrorLimits } from "#adapters/git/git-mirror-options.ts";
import { createGitMirror } from "#adapters/git/git-mirror.ts";
import { createGitRunner } from "#adapters/git/git-runner.ts";
import type { GitMirror } from "#domain/ports.ts";
import {
  commit,
  git,
  newRepository,
  serveRepository,
  temporaryFolder,
  type GitServer,
} from "./git-fixture.ts";

const runner = createGitRunner();
const AUTHORIZATION = "basic c2VjcmV0LXRva2Vu";

let home: Awaited<ReturnType<typeof temporaryFolder>>;
let origin: string;
let server: GitServer;

beforeEach(async () => {
  home = await temporaryFolder();
  origin = join(home.path, "origin");
  await newRepository(origin);
  server = await serveRepository(origin);
});

afterEach(async () => {
  await server.end();
  await home.end();
});

function mirrorOf(limits: Partial<GitMirrorLimits> = {}): GitMirror {
  return createGitMirror({
    dir: join(home.path, "mirrors", "7"),
    access: () => Promise.resolve({ url: server.url, authorization: AUTHORIZATION }),
    logger: pino({ level: "silent" }),
    limits: { ...GIT_MIRROR_LIMITS, ...limits },
    facts: createGitFacts(),
    runner,
    transport: "http",
  });
}

async function checkedOut(limits: Partial<GitMirrorLimits> = {}): Promise<string> {
  const head = await git(origin, "rev-parse", "HEAD");
  const mirror = mirrorOf(limits);
  await mirror.sync();
  const folder = join(home.path, "out");
  await mirror.checkout(head, folder);
  return folder;
}

describe("sync", () => {
  it("brings branches and pull requests, follows forced changes and forgets deleted refs", async () => {
    const mirror = mirrorOf();
    const first = await commit(origin, { "a.txt": "1" });
    await git(origin, "branch", "topic");
    await git(origin, "update-ref", "refs/pull/3/head", first);
    await git(origin, "update-ref", "refs/pull/3/merge", first);
    await mirror.sync();
    expect(await mirror.resolve("refs/heads/main")).toBe(first);
    expect(await mirror.resolve("refs/heads/topic")).toBe(first);
    expect(await mirror.resolve("refs/pull/3/merge")).toBe(first);
    expect(await mirror.resolve("refs/pull/3")).toBeNull();

    await git(origin, "branch", "-D", "topic");
    await git(origin, "commit", "--quiet", "--amend", "-m", "Again", "--date=2020-01-01T00:00:00Z");
    const second = await git(origin, "rev-parse", "HEAD");
    await mirror.sync();
    expect(await mirror.resolve("refs/heads/main")).toBe(second);
    expect(await mirror.resolve("refs/heads/topic")).toBeNull();
    expect(await mirror.resolve("refs/pull/3/head")).toBe(first);
  });

  it("takes a repository without commits", async () => {
    const mirror = mirrorOf();
    await mirror.sync();
    expect(await mirror.resolve("refs/heads/main")).toBeNull();
  });

  it("sends the authorization without showing it in any command line or in the mirror's folder", async () => {
    await commit(origin, { "a.txt": "1" });
    await mirrorOf().sync();
    expect(new Set(server.authorizations)).toEqual(new Set([AUTHORIZATION]));
    expect(server.commandLines).toContain("fetch --prune");
    expect(server.commandLines).not.toContain("c2VjcmV0LXRva2Vu");
    const config = await readFile(join(home.path, "mirrors", "7", "config"), "utf8");
    expect(config).not.toContain("c2VjcmV0LXRva2Vu");
  });

  it("shares one fetch between calls made together, and fetches anew for a call that comes later", async () => {
    const mirror = mirrorOf();
    await commit(origin, { "a.txt": "1" });
    await Promise.all([mirror.sync(), mirror.sync(), mirror.sync()]);
    expect(server.fetches).toBe(1);

    const late: Promise<void>[] = [];
    let newest = "";
    server.intercept = async (request) => {
      if (request.method === "POST" && late.length === 0) {
        newest = await commit(origin, { "a.txt": "2" });
        late.push(mirror.sync(), mirror.sync());
      }
      return null;
    };
    await mirror.sync();
    await Promise.all(late);
    expect(server.fetches).toBe(3);
    expect(await mirror.resolve("refs/heads/main")).toBe(newest);
  });

  it.each<[string, (dir: string) => Promise<void>]>([
    [
      "lock files left behind",
      async (dir) => {
        await writeFile(join(dir, "packed-refs.lock"), "");
        await writeFile(join(dir, "refs", "heads", "main.lock"), "");
      },
    ],
    [
      "packs cut off",
      async (dir) => {
        const packs = join(dir, "objects", "pack");
        for (const name of await readdir(packs))
          await writeFile(join(packs, name), "").catch(() => undefined);
      },
    ],
    ["all objects lost", (dir) => rm(join(dir, "objects"), { recursive: true })],
    ["no config", (dir) => rm(join(dir, "config"))],
    ["a config cut off", (dir) => writeFile(join(dir, "config"), "[core")],
    ["no HEAD", (dir) => rm(join(dir, "HEAD"))],
    ["a ref with garbage", (dir) => writeFile(join(dir, "refs", "heads", "main"), "\0\0\0")],
  ])("heals a mirror with %s", async (_name, hurt) => {
    await commit(origin, { "a.txt": "1" });
    await mirrorOf().sync();
    const dir = join(home.path, "mirrors", "7");
    execFileSync("chmod", ["-R", "u+w", dir]);
    await hurt(dir);
    const newest = await commit(origin, { "a.txt": "2" });

    const mirror = mirrorOf();
    await mirror.sync();
    await mirror.read(newest, ["a.txt"], 100).catch(() => mirror.sync());
    expect(await mirror.resolve("refs/heads/main")).toBe(newest);
    expect(await mirror.read(newest, ["a.txt"], 100)).toEqual(new Map([["a.txt", "2"]]));
    expect((await readdir(join(home.path, "mirrors"))).sort()).toEqual(["7"]);
  });

  it("keeps the mirror and says transient while the server fails, terminal when there is no such repository", async () => {
    const mirror = mirrorOf();
    const first = await commit(origin, { "a.txt": "1" });
    await mirror.sync();
    server.intercept = () => Promise.resolve(502);
    await expect(mirror.sync()).rejects.toMatchObject({ name: "GitError", kind: "transient" });
    server.intercept = () => Promise.resolve(401);
    await expect(mirror.sync()).rejects.toMatchObject({ kind: "transient" });
    server.intercept = () => Promise.resolve(404);
    await expect(mirror.sync()).rejects.toMatchObject({ kind: "terminal" });
    expect(await mirror.resolve("refs/heads/main")).toBe(first);
    server.intercept = () => Promise.resolve(null);
    await mirror.sync();
  });

  it("gives up on a server that never answers, and keeps the mirror", async () => {
    const head = await commit(origin, { "a.txt": "1" });
    await mirrorOf().sync();
    const stuck = Promise.withResolvers<null>();
    server.intercept = () => stuck.promise;
    const mirror = mirrorOf({ fetchMs: 300 });
    await expect(mirror.sync()).rejects.toThrow("took too long");
    expect(await mirror.resolve("refs/heads/main")).toBe(head);
    stuck.resolve(null);
    await delay(50);
    expect(existsSync(join(home.path, "mirrors", "7.new"))).toBe(false);
  });

  it("does not look for a repository in the folders above its own", async () => {
    const outer = join(home.path, "outer");
    await newRepository(outer);
    const mine = await commit(outer, { "mine.txt": "1" });
    await commit(origin, { "a.txt": "1" });
    const dir = join(outer, "mirror");
    await mkdir(dir);
    await writeFile(join(dir, "HEAD"), "");
    const mirror = createGitMirror({
      dir,
      access: () => Promise.resolve({ url: server.url, authorization: "" }),
      logger: pino({ level: "silent" }),
      limits: GIT_MIRROR_LIMITS,
      facts: createGitFacts(),
      runner,
      transport: "http",
    });
    await mirror.sync();
    expect(await git(outer, "rev-parse", "main")).toBe(mine);
    expect(await mirror.resolve("refs/heads/main")).not.toBe(mine);
  });

  it.each(["file:///etc", "ext::sh -c id", "ssh://host/x", "--upload-pack=id", "http://user:pw@host/x"])(
    "refuses to fetch from %s",
    async (url) => {
      const mirror = createGitMirror({
        dir: join(home.path, "refused"),
        access: () => Promise.resolve({ url, authorization: "" }),
        logger: pino({ level: "silent" }),
        limits: GIT_MIRROR_LIMITS,
        facts: createGitFacts(),
        runner,
        transport: "http",
      });
      await expect(mirror.sync()).rejects.toMatchObject({ kind: "terminal" });
    },
  );
});

describe("reading", () => {
  it("says transient before the first sync", async () => {
    expect(await mirrorOf().has("1".repeat(40))).toBe(false);
    await expect(mirrorOf().resolve("refs/heads/main")).rejects.toMatchObject({ kind: "transient" });
  });

  it("lists files with modes, ids and sizes, under a folder or all", async () => {
    await commit(origin, { "a.txt": "hello", "dir/b.sh": "#!", "dir-2/c": "", "dir/sub/ü.txt": "é" });
    await git(origin, "update-index", "--chmod=+x", "dir/b.sh");
    await git(origin, "commit", "--quiet", "-m", "mode");
    const head = await git(origin, "rev-parse", "HEAD");
    const mirror = mirrorOf();
    await mirror.sync();
    const all = await mirror.list(head, ".");
    expect(all.map((entry) => [entry.path, entry.mode, entry.bytes])).toEqual([
      ["a.txt", "100644", 5],
      ["dir-2/c", "100644", 0],
      ["dir/b.sh", "100755", 2],
      ["dir/sub/ü.txt", "100644", 2],
    ]);
    expect((await mirror.list(head, "dir")).map((entry) => entry.path)).toEqual([
      "dir/b.sh",
      "dir/sub/ü.txt",
    ]);
    expect(await mirror.list(head, "absent")).toEqual([]);
    expect(await mirror.list(head, "a.txt")).toEqual([]);
  });

  it("reads texts, and leaves out what is absent, binary, too big, a folder or a link", async () => {
    await commit(origin, {
      "a.yaml": "kind: Script\n",
      "dir/empty": "",
      "nul.bin": Buffer.from([65, 0, 66]),
      "latin1.txt": Buffer.from([0xe9]),
      "big.txt": "x".repeat(101),
      "we ird*[?].txt": "glob\n",
    });
    await symlink("/etc/passwd", join(origin, "link"));
    const head = await commit(origin, {});
    const mirror = mirrorOf();
    await mirror.sync();
    const paths = [
      "a.yaml",
      "dir/empty",
      "dir",
      "nul.bin",
      "latin1.txt",
      "big.txt",
      "link",
      "none",
      "we ird*[?].txt",
    ];
    expect(await mirror.read(head, paths, 100)).toEqual(
      new Map([
        ["a.yaml", "kind: Script\n"],
        ["dir/empty", ""],
        ["we ird*[?].txt", "glob\n"],
      ]),
    );
    expect(await mirror.read(head, ["dir/empty"], 100)).toEqual(new Map([["dir/empty", ""]]));
  });

  it("reads thousands of files at once", async () => {
    const files = Object.fromEntries(
      Array.from({ length: 3_000 }, (_, index) => [
        `releases/r${index % 3}/script-${index}.yaml`,
        `number: ${index}\n`,
      ]),
    );
    const head = await commit(origin, files);
    const mirror = mirrorOf();
    await mirror.sync();
    const texts = await mirror.read(head, Object.keys(files), 1_000);
    expect(texts.size).toBe(3_000);
    expect(texts.get("releases/r2/script-2999.yaml")).toBe("number: 2999\n");
  });

  it("knows ancestry, trees, counts and times", async () => {
    const first = await commit(origin, { "a.txt": "1" });
    await git(origin, "checkout", "--quiet", "-b", "topic");
    const side = await commit(origin, { "b.txt": "1" });
    await commit(origin, { "b.txt": "2" });
    await git(origin, "checkout", "--quiet", "main");
    await git(origin, "merge", "--quiet", "--no-ff", "-m", "Merge", "topic");
    const merge = await git(origin, "rev-parse", "HEAD");
    const mirror = mirrorOf();
    await mirror.sync();
    expect(await mirror.isAncestor(first, merge)).toBe(true);
    expect(await mirror.isAncestor(side, merge)).toBe(true);
    expect(await mirror.isAncestor(merge, first)).toBe(false);
    expect(await mirror.firstParentCount(merge)).toBe(2);
    expect(await mirror.treeId(merge)).toBe(await git(origin, "rev-parse", "HEAD^{tree}"));
    expect(await mirror.committedAtMs(merge)).toBe(
      1000 * Number(await git(origin, "log", "-1", "--format=%ct")),
    );
  });

  it("knows the commits that changed a path, newest first", async () => {
    const first = await commit(origin, { "a.txt": "1", "dir/b.txt": "1" });
    const second = await commit(origin, { "a.txt": "2" });
    const third = await commit(origin, { "dir/b.txt": "2" });
    const mirror = mirrorOf();
    await mirror.sync();
    expect(await mirror.history(third, "a.txt", 10)).toEqual([second, first]);
    expect(await mirror.history(third, "dir", 1)).toEqual([third]);
    expect(await mirror.history(third, ".", 10)).toEqual([third, second, first]);
    expect(await mirror.history(third, "absent", 10)).toEqual([]);
  });

  it("reads a trailer from the messages of a range, through merges, oldest first", async () => {
    const first = await commit(origin, { "a.txt": "1" });
    await git(origin, "checkout", "--quiet", "-b", "topic");
    const commitWith = async (text: string, message: string) => {
      await commit(origin, { "b.txt": text });
      await git(origin, "commit", "--quiet", "--amend", "--message", message);
    };
    await commitWith("1", "Price in cents\n\nShowrunner-Change: prices-1");
    await commitWith("2", "Round\n\nShowrunner-Change: prices-2\nOther: x");
    await git(origin, "checkout", "--quiet", "main");
    await git(origin, "merge", "--quiet", "--no-ff", "-m", "Merge", "topic");
    const merge = await git(origin, "rev-parse", "HEAD");
    const mirror = mirrorOf();
    await mirror.sync();
    expect(await mirror.trailers(first, merge, "Showrunner-Change")).toEqual(["prices-1", "prices-2"]);
    expect(await mirror.trailers(null, merge, "Showrunner-Change")).toEqual(["prices-1", "prices-2"]);
    expect(await mirror.trailers(merge, merge, "Showrunner-Change")).toEqual([]);
    const [author, ...others] = await mirror.authors(first, merge);
    expect(author).toMatchObject({ commit: merge, name: await git(origin, "log", "-1", "--format=%an") });
    expect(others).toHaveLength(2);
    expect(await mirror.authors(null, merge)).toHaveLength(
      Number(await git(origin, "rev-list", "--count", "HEAD")),
    );
    expect(await mirror.authors(merge, merge)).toEqual([]);
    await expect(mirror.trailers(null, merge, "x)%H")).rejects.toMatchObject({ kind: "terminal" });
  });

  it("does not take a commit for there that a new clone of the mirror lacks", async () => {
    const mirror = mirrorOf();
    const first = await commit(origin, { "a.txt": "1" });
    await mirror.sync();
    expect(await mirror.has(first)).toBe(true);
    await git(origin, "commit", "--quiet", "--amend", "-m", "Again");
    await rm(join(home.path, "mirrors", "7", "HEAD"));
    await mirror.sync();
    expect(await mirror.has(first)).toBe(false);
    expect(await mirror.has(await git(origin, "rev-parse", "HEAD"))).toBe(true);
  });

  it("says terminal for a commit that is not there, and stays usable", async () => {
    const head = await commit(origin, { "a.txt": "1" });
    const mirror = mirrorOf();
    await mirror.sync();
    const unknown = "1".repeat(40);
    expect(await mirror.has(unknown)).toBe(false);
    expect(await mirror.has(head)).toBe(true);
    await expect(mirror.list(unknown, ".")).rejects.toMatchObject({ kind: "terminal" });
    await expect(mirror.isAncestor(unknown, head)).rejects.toMatchObject({ kind: "terminal" });
    await expect(mirror.treeId(unknown)).rejects.toMatchObject({ kind: "terminal" });
    await expect(mirror.firstParentCount(unknown)).rejects.toMatchObject({ kind: "terminal" });
    expect(await mirror.treeId(head)).toMatch(/^[0-9a-f]{40}$/);
  });

  it("lets no option or other path reach git", async () => {
    const head = await commit(origin, { "a.txt": "1" });
    const mirror = mirrorOf();
    await mirror.sync();
    await expect(mirror.resolve("--output=/tmp/x")).rejects.toMatchObject({ kind: "terminal" });
    await expect(mirror.list("--output=/tmp/x", ".")).rejects.toMatchObject({ kind: "terminal" });
    await expect(mirror.list(head, "../x")).rejects.toMatchObject({ kind: "terminal" });
    await expect(mirror.read(head, ["a\nb"], 10)).rejects.toMatchObject({ kind: "terminal" });
  });
});

describe("checkout", () => {
  it("writes the files byte for byte, whatever the repository's attributes say", async () => {
    await commit(origin, {
      ".gitattributes": "secret.txt export-ignore\n*.txt text eol=crlf\nid.txt export-subst ident\n",
      "secret.txt": "one\ntwo\n",
      "id.txt": "$Format:%H$ $Id$\n",
      "dir/data.bin": Buffer.from([0, 255, 10]),
      "run.sh": "#!/bin/sh\n",
    });
    await git(origin, "update-index", "--chmod=+x", "run.sh");
    await symlink("../id.txt", join(origin, "dir", "link"));
    await commit(origin, {});
    const folder = await checkedOut();
    expect(await readFile(join(folder, "secret.txt"), "utf8")).toBe("one\ntwo\n");
    expect(await readFile(join(folder, "dir", "link"), "utf8")).toBe("$Format:%H$ $Id$\n");
    expect(await readlink(join(folder, "dir", "link"))).toBe("../id.txt");
    expect(await readFile(join(folder, "dir", "data.bin"))).toEqual(Buffer.from([0, 255, 10]));
    expect((await lstat(join(folder, "dir", "data.bin"))).mode & 0o111).toBe(0);
  });

  it.each(["/etc", "../..", "../../x", "dir/../../x", "dir/up/../../etc"])(
    "refuses a link to %s",
    async (target) => {
      await mkdir(join(origin, "dir"));
      await symlink(target, join(origin, "dir", "link"));
      await commit(origin, { "a.txt": "1" });
      await expect(checkedOut()).rejects.toMatchObject({ kind: "terminal" });
    },
  );

  it("refuses submodules, and trees over the limits", async () => {
    const head = await commit(origin, { "a.txt": "1", "b.txt": "22" });
    await expect(checkedOut({ checkout: { files: 1, bytes: 100 } })).rejects.toMatchObject({
      kind: "terminal",
    });
    await expect(checkedOut({ checkout: { files: 9, bytes: 2 } })).rejects.toMatchObject({
      kind: "terminal",
    });
    await git(origin, "update-index", "--add", "--cacheinfo", `160000,${head},vendored`);
    await git(origin, "commit", "--quiet", "-m", "submodule");
    await expect(checkedOut()).rejects.toMatchObject({ kind: "terminal" });
  });

  it("refuses a folder that is not empty", async () => {
    await commit(origin, { "a.txt": "1" });
    await mkdir(join(home.path, "out"));
    await writeFile(join(home.path, "out", "mine"), "");
    await expect(checkedOut()).rejects.toMatchObject({ kind: "terminal" });
  });

  it.each(["..", ".git", "."])("refuses a tree made by hand with an entry called %s", async (name) => {
    await commit(origin, { "a.txt": "1" });
    const blob = await git(origin, "rev-parse", "HEAD:a.txt");
    const raw = Buffer.concat([Buffer.from(`100644 ${name}\0`), Buffer.from(blob, "hex")]);
    const inner = hashObject(origin, raw);
    const outer = hashObject(origin, Buffer.concat([Buffer.from("40000 dir\0"), Buffer.from(inner, "hex")]));
    const made = await git(origin, "commit-tree", outer, "-m", "Hostile");
    await git(origin, "update-ref", "refs/heads/main", made);
    await expect(checkedOut()).rejects.toMatchObject({ kind: "terminal" });
  });
});

it("refuses a tree made by hand that holds one name as a link and as a folder", async () => {
  await commit(origin, { "a.txt": "1" });
  const blob = Buffer.from(await git(origin, "rev-parse", "HEAD:a.txt"), "hex");
  const inner = Buffer.from(hashObject(origin, Buffer.concat([Buffer.from("100644 x\0"), blob])), "hex");
  const link = Buffer.concat([Buffer.from("120000 dir\0"), blob]);
  const outer = hashObject(origin, Buffer.concat([link, Buffer.from("40000 dir\0"), inner]));
  const made = await git(origin, "commit-tree", outer, "-m", "Hostile");
  await git(origin, "update-ref", "refs/heads/main", made);
  await expect(checkedOut()).rejects.toMatchObject({ name: "GitError", kind: "terminal" });
});

function hashObject(cwd: string, bytes: Buffer): string {
  const args = ["hash-object", "-w", "-t", "tree", "--stdin", "--literally"];
  return execFileSync("git", args, { cwd, input: bytes }).toString().trim();
}

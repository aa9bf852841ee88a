import { execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { chmod, cp, readFile, readdir, readlink, utimes, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { digestOf } from "#adapters/bundles/digest.ts";
import { revisionSettingsOf } from "#adapters/bundles/revision-settings-line.ts";
import type { BuildOutcome } from "#domain/ports.ts";
import { startRegistry, type Registry } from "#local/registry.ts";
import { localPackages } from "#local/registry/local-packages.ts";
import { builderWith, createTemporary, settings, writeFiles } from "./build-in.ts";

const root = path.resolve(import.meta.dirname, "../../..");
const artwork = path.join(root, "fixtures/repos/artwork");
const temporary = createTemporary();
let registry: Registry;

beforeAll(async () => {
  registry = await startRegistry({ port: 0, packages: await localPackages(root) });
});

afterAll(async () => {
  await registry.close();
  await temporary.clear();
});

describe("a build", () => {
  it("gives the same bytes in another folder, home, time zone, umask and working folder, with a cold cache", async () => {
    const { digest, sourceMap } = built(await build(artwork, await temporary.folder()));
    const copy = path.join(await temporary.folder(), "elsewhere", "deeper");
    await cp(artwork, copy, { recursive: true });
    await utimes(path.join(copy, "src/index.ts"), 1, 1);
    await chmod(path.join(copy, "src/index.ts"), 0o755);
    const temporaryDir = await temporary.folder();
    await writeFiles(temporaryDir, {
      "tsconfig.json": '{ "compilerOptions": { "useDefineForClassFields": false, "alwaysStrict": true } }',
      "package.json": '{ "type": "commonjs", "sideEffects": false }',
    });
    const elsewhere = await buildElsewhere(copy, temporaryDir, 100_000);

    expect(elsewhere).toEqual([digest, createHash("sha256").update(sourceMap).digest("hex")]);
  });

  it("gives the same bytes from a warm cache, without asking the registry", async () => {
    const cacheDir = await temporary.folder();
    const passing = await startRegistry({ port: 0, packages: await localPackages(root) });
    const cold = built(await builderWith(passing.url, cacheDir).build(request(artwork)));
    await passing.close();
    const warm = built(await builderWith(passing.url, cacheDir).build(request(artwork)));

    expect(warm.digest).toBe(cold.digest);
  });

  it("does not take a damaged cache for the package", async () => {
    const cacheDir = await temporary.folder();
    const before = built(await build(artwork, cacheDir));
    const folder = path.join(cacheDir, "tarballs");
    for (const name of await readdir(folder)) await writeFile(path.join(folder, name), "damaged");

    expect(built(await build(artwork, cacheDir)).digest).toBe(before.digest);
  });

  it("carries the settings in its first line, in ASCII, under its digest", async () => {
    const { bytes, digest, sourceMap } = built(await build(artwork, await temporary.folder()));

    expect(revisionSettingsOf(bytes)).toEqual(settings);
    expect(digestOf(bytes)).toBe(digest);
    expect(bytes.every((byte) => byte < 0x80)).toBe(true);
    expect(Buffer.from(bytes).toString().startsWith('//showrunner {"egress":[],')).toBe(true);
    const map: { sources: string[]; mappings: string } = JSON.parse(sourceMap);
    expect(map.sources).toContain("src/index.ts");
    expect(map.mappings.startsWith(";")).toBe(true);
  });

  it("names the libraries that it really contains, and which of them the script asked for", async () => {
    const folder = await sampleWith("subtitles", {
      "src/index.ts": `import Negotiator from "negotiator";
        import "@acme/catalog";
        export default { fetch: (request: Request) => new Response(String(new Negotiator({ headers: {} }))) };`,
    });

    expect(built(await build(folder, await temporary.folder())).libraries).toEqual([
      { name: "content-type", version: "2.1.0", direct: false },
      { name: "negotiator", version: "1.1.0", direct: true },
    ]);
  });

  it("builds a script of a monorepo from the lockfile at the root, with the workspaces it uses", async () => {
    const checkout = path.join(root, "fixtures/repos/personalization");
    const outcome = await builderWith(registry.url, await temporary.folder()).build({
      ...request(checkout),
      path: "scripts/row-order",
    });

    expect(Buffer.from(built(outcome).bytes).toString()).toContain("// packages/affinity/index.ts");
  });

  it("is unavailable, not rejected, when the registry cannot be reached", async () => {
    const gone = await startRegistry({ port: 0, packages: [] });
    await gone.close();
    const outcome = await builderWith(gone.url, await temporary.folder()).build(request(artwork));

    expect(outcome).toMatchObject({ kind: "unavailable", message: expect.stringContaining("ECONNREFUSED") });
  });

  it("is unavailable when it does not end in time, and leaves no process and no folder", async () => {
    const temporaryDir = await temporary.folder();
    const outcomes = await Promise.all(
      [30, 250].map((timeoutMs) => buildElsewhere(artwork, temporaryDir, timeoutMs)),
    );

    expect(outcomes[0]).toEqual({ kind: "unavailable", message: "The build did not end within 0.03 s." });
    expect(await readdir(temporaryDir)).toEqual([]);
    expect(await processesIn(temporaryDir)).toEqual([]);
  });

  it("leaves no process and no folder either when the one who asked is killed in the middle", async () => {
    const temporaryDir = await temporary.folder();
    const silent = createServer().listen(0, "127.0.0.1");
    await once(silent, "listening");
    const { port }: AddressInfo = Object(silent.address());
    const main = path.join(import.meta.dirname, "build-once.ts");
    const parameters = [`http://127.0.0.1:${port}`, await temporary.folder(), "100000", artwork];
    const asker = spawn(process.execPath, [main, ...parameters], {
      env: { TMPDIR: temporaryDir },
      stdio: "ignore",
    });
    await once(silent, "request");
    expect(await processesIn(temporaryDir)).not.toEqual([]);
    asker.kill("SIGKILL");

    await until(async () => (await processesIn(temporaryDir)).length === 0);
    expect(await readdir(temporaryDir)).toEqual([]);
    silent.close();
  });

  it("leaves no folder when the one who asked is killed before it has handed over the job", async () => {
    const folder = await temporary.folder();
    await writeFiles(folder, { "work/package.json": "{}" });
    const main = path.join(root, "src/adapters/bundles/build-process.ts");
    const orphan = spawn(process.execPath, [main, folder], {
      cwd: folder,
      stdio: ["pipe", "ignore", "ignore"],
    });
    orphan.stdin.end('{"checkout":');
    await once(orphan, "exit");

    await expect(readdir(folder)).rejects.toThrow("ENOENT");
  });

  it("leaves the checkout as it was", async () => {
    const folder = await sampleWith("artwork", {});
    const before = await readdir(folder, { recursive: true });
    built(await build(folder, await temporary.folder()));

    expect(await readdir(folder, { recursive: true })).toEqual(before);
    expect(await readFile(path.join(folder, "package-lock.json"), "utf8")).toBe(
      await readFile(path.join(artwork, "package-lock.json"), "utf8"),
    );
  });
});

function request(checkout: string) {
  return { checkout, path: ".", entry: "src/index.ts", settings };
}

async function build(checkout: string, cacheDir: string): Promise<BuildOutcome> {
  return builderWith(registry.url, cacheDir).build(request(checkout));
}

/** Ids of the processes that work in a folder, which may be gone; Linux only. */
async function processesIn(folder: string): Promise<string[]> {
  const ids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const places = await Promise.all(ids.map((id) => readlink(`/proc/${id}/cwd`).catch(() => "")));
  return ids.filter((_id, index) => places[index]?.startsWith(folder));
}

/** Waits for something that another process does; gives up when the test does. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await delay(20);
}

async function sampleWith(name: string, files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await temporary.folder();
  await cp(path.join(root, "fixtures/repos", name), folder, { recursive: true });
  await writeFiles(folder, files);
  return folder;
}

function built(outcome: BuildOutcome): BuildOutcome & { kind: "built" } {
  if (outcome.kind !== "built") throw new Error(`Not built: ${JSON.stringify(outcome)}`);
  return outcome;
}

/** Builds in a process with another home, time zone, umask and working folder, and with a cold cache. */
async function buildElsewhere(checkout: string, temporaryDir: string, timeoutMs: number): Promise<unknown> {
  const home = await temporary.folder();
  const main = path.join(import.meta.dirname, "build-once.ts");
  const parameters = [registry.url, path.join(home, "cache"), String(timeoutMs), checkout];
  const { stdout } = await promisify(execFile)(
    "/bin/sh",
    ["-c", 'umask 077; exec "$0" "$@"', process.execPath, main, ...parameters],
    {
      cwd: home,
      env: {
        HOME: home,
        TMPDIR: temporaryDir,
        TZ: "Pacific/Auckland",
        LANG: "tr_TR.UTF-8",
        NODE_ENV: "development",
      },
    },
  );
  return JSON.parse(stdout);
}

import { globSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Arborist } from "@npmcli/arborist";
import { startRegistry } from "#local/registry.ts";
import { localPackages } from "#local/registry/local-packages.ts";

/**
 * Writes the lockfiles of the sample repositories against the local registry, without `resolved`, so that they hold
 * wherever the registry runs. Locked versions are kept; name samples to lock them anew:
 * `node scripts/lock-samples.ts [--fresh] [NAME...]`.
 */
/** The samples were last brought up to date on this day, which leaves campaigns something to do. */
const asOf = new Date("2026-04-01T00:00:00Z");
const root = path.resolve(import.meta.dirname, "..");
const samples = path.join(root, "fixtures", "repos");
const fresh = process.argv.includes("--fresh");
const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));

const registry = await startRegistry({ port: 0, packages: await localPackages(root) });
const cache = await mkdtemp(path.join(tmpdir(), "lock-samples-"));
try {
  for (const file of globSync("*/package.json", { cwd: samples }).sort()) {
    const name = path.dirname(file);
    if (wanted.length === 0 || wanted.includes(name)) await lock(path.join(samples, name));
  }
} finally {
  await registry.close();
  await rm(cache, { recursive: true, force: true });
}

async function lock(folder: string): Promise<void> {
  const file = path.join(folder, "package-lock.json");
  if (fresh) await rm(file, { force: true });
  const options = { path: folder, registry: registry.url, cache, ignoreScripts: true, before: asOf };
  const arborist = new Arborist(options);
  const tree = await arborist.buildIdealTree();
  await tree.meta?.save();
  const text = await readFile(file, "utf8");
  const kept = text.split("\n").filter((line) => !/^\s*"resolved": "http/.test(line));
  await writeFile(file, kept.join("\n"));
  process.stdout.write(`${path.relative(root, file)}\n`);
}

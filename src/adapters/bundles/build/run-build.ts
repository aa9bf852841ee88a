import { readFile, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { LineCounter, isMap, isScalar, parseDocument } from "yaml";
import type { Library } from "#domain/ports.ts";
import { bundle } from "./bundle.ts";
import type { BuildJob, BuildReply } from "./build-job.ts";
import { BuildStop, rejection } from "./build-stop.ts";
import { install, type Installed } from "./install.ts";
import { buildLimits } from "./limits.ts";
import { packageAt } from "./package-at.ts";
import { declaredDependencies } from "./package-file.ts";
import { createTarballCache } from "./tarball-cache.ts";
import { fileStart, type TextPosition } from "./text-position.ts";
import { checkTsconfigs } from "./tsconfig-rules.ts";
import { copyCheckout, leftOutProblem } from "./work-copy.ts";

/** One build from copy to bundle. Everything that the repository can do wrong comes back as a value. */
export async function runBuild(job: BuildJob): Promise<BuildReply> {
  try {
    return await build(job);
  } catch (error) {
    if (error instanceof BuildStop) return error.outcome;
    throw error;
  }
}

async function build(job: BuildJob): Promise<BuildReply> {
  const root = job.workFolder;
  const entry = path.normalize(path.join(job.path, job.entry));
  const leftOut = await copyCheckout(job.checkout, root);
  await checkEntry(job, entry);
  const missing = leftOut.get(entry);
  if (missing !== undefined) {
    throw rejection({ ...(await entryPlace(job)), ...leftOutProblem(entry, missing) });
  }
  if (!(await isFile(path.join(root, entry)))) {
    throw rejection({
      ...(await entryPlace(job)),
      code: "entry-missing",
      message: `There is no file ${entry}.`,
    });
  }
  const alsoNeeded = await checkTsconfigs(root);
  const cache = createTarballCache(job.tarballFolder, buildLimits.tarballCacheBytesMax);
  const { registryUrl, firstLine } = job;
  const installed = await install({ root, scriptPath: job.path, registryUrl, cache, alsoNeeded });
  const { packageFile, lockfile } = installed;
  const bundled = await bundle({ root, entry, firstLine, leftOut, packageFile, lockfile });
  await writeFile(path.join(job.outFolder, "bundle.js"), bundled.code);
  await writeFile(path.join(job.outFolder, "bundle.js.map"), bundled.sourceMap);
  return { kind: "built", libraries: librariesOf(bundled.inputs, installed) };
}

/** The script's folder and entry come from a manifest that anybody may write. */
async function checkEntry(job: BuildJob, entry: string): Promise<void> {
  const ownEntry = path.normalize(job.entry);
  if (!outside(path.normalize(job.path)) && !outside(ownEntry) && !outside(entry)) return;
  throw rejection({
    ...(await entryPlace(job)),
    code: "entry-outside",
    message: `The entry ${JSON.stringify(job.entry)} is outside the script's folder.`,
  });
}

function outside(file: string): boolean {
  return path.isAbsolute(file) || file === ".." || file.startsWith("../") || file.includes("\0");
}

/** Where the manifest names the entry. */
async function entryPlace(job: BuildJob): Promise<{ file: string } & TextPosition> {
  const file = path.normalize(path.join(job.path, "showrunner.yaml"));
  if (file.startsWith("..")) return { file: "showrunner.yaml", ...fileStart };
  const text = await readFile(path.join(job.workFolder, file), "utf8").catch(() => "");
  const lineCounter = new LineCounter();
  const { contents } = parseDocument(text, { lineCounter });
  const pair = isMap(contents)
    ? contents.items.find(({ key }) => isScalar(key) && key.value === "entry")
    : undefined;
  const offset = isScalar(pair?.value) ? pair.value.range?.[0] : undefined;
  if (offset === undefined) return { file, ...fileStart };
  const { line, col } = lineCounter.linePos(offset);
  return { file, line, column: col };
}

async function isFile(file: string): Promise<boolean> {
  const info = await stat(file).catch(() => null);
  return info?.isFile() ?? false;
}

/** The packages whose code is in the bundle, sorted by name and version. */
function librariesOf(inputs: readonly string[], { packages, packageFile }: Installed): Library[] {
  const byLocation = new Map(packages.map((item) => [item.location, item]));
  const declared = new Set(
    packageFile === null ? [] : declaredDependencies(packageFile).map(({ name }) => name),
  );
  const libraries = new Map<string, Library>();
  for (const input of inputs) {
    const at = packageAt(input);
    const found = at === null ? undefined : byLocation.get(at.folder);
    if (at === null || found === undefined) continue;
    const { name, version } = found;
    const nested = at.folder.indexOf("node_modules/") !== at.folder.lastIndexOf("node_modules/");
    const direct = declared.has(at.folderName) && !nested;
    const key = `${name}@${version}`;
    libraries.set(key, { name, version, direct: direct || (libraries.get(key)?.direct ?? false) });
  }
  return [...libraries.keys()]
    .sort()
    .map((key) => libraries.get(key))
    .filter((item) => item !== undefined);
}

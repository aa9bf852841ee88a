import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { dirname, join, posix } from "node:path";
import { runCodemod } from "#adapters/codemods/run-codemod.ts";
import type { Builder, BuildOutcome, GitMirror } from "#domain/ports.ts";
import type { RevisionSettings } from "#schemas/types.ts";
import type { Codemod, CodemodFiles } from "./codemod.ts";

export interface Codemods {
  /** Builds it if it is new. Throws when it cannot be built now; one that is wrong says so when it is run. */
  find(files: CodemodFiles, path: string): Promise<Codemod>;
}

const FILE_BYTES_MAX = 1024 * 1024;
const BUILT_MAX = 50;
/** What its packages come from. */
const PACKAGE_FILES = ["package.json", "package-lock.json", "npm-shrinkwrap.json", "tsconfig.json"];

/** The bundle's first line; the isolate of codemods has limits of its own. */
const SETTINGS: RevisionSettings = {
  schema: 1,
  name: "codemod",
  version: "1",
  route: "/",
  warmup: [],
  limits: { memoryMb: 64, cpuMs: 500, wallMs: 1000, concurrency: 1, responseMb: 1 },
  egress: [],
  secrets: [],
};

export function codemodFilesOf(mirror: Pick<GitMirror, "list" | "read">, commit: string): CodemodFiles {
  return {
    list: async (folder) => (await mirror.list(commit, folder)).map(({ path }) => path),
    read: (paths) => mirror.read(commit, paths, FILE_BYTES_MAX),
  };
}

/**
 * A codemod is built as a script is: TypeScript, its neighbours in its folder and packages from the fleet repository's
 * lockfile come in one file. Builds are kept by content.
 */
export function createCodemods({
  builder,
  workFolder,
}: {
  readonly builder: Builder;
  readonly workFolder: string;
}): Codemods {
  const built = new Map<string, BuildOutcome>();

  async function build(path: string, texts: ReadonlyMap<string, string>): Promise<BuildOutcome> {
    const checkout = await mkdtemp(join(workFolder, "codemod-"));
    try {
      for (const [file, text] of texts) {
        await mkdir(dirname(join(checkout, file)), { recursive: true });
        await writeFile(join(checkout, file), text);
      }
      return await builder.build({ checkout, path: ".", entry: path, settings: SETTINGS });
    } finally {
      await rm(checkout, { recursive: true, force: true });
    }
  }

  return {
    async find(files, path) {
      const texts = await files.read(await partsOf(files, path));
      const key = createHash("sha256")
        .update(JSON.stringify([path, [...texts].sort(([a], [b]) => (a < b ? -1 : 1))]))
        .digest("hex");
      if (!texts.has(path)) return broken(path, key, `there is no codemod ${path}`);
      const outcome = built.get(key) ?? (await build(path, texts));
      if (outcome.kind === "unavailable") throw new Error(`${path} cannot be built now: ${outcome.message}`);
      built.set(key, outcome);
      const [oldest] = built.keys();
      if (built.size > BUILT_MAX && oldest !== undefined) built.delete(oldest);
      if (outcome.kind === "built") return runnable(path, key, Buffer.from(outcome.bytes).toString());
      const [problem] = outcome.problems;
      const place = problem === undefined ? path : `${problem.file}:${problem.line}:${problem.column}`;
      return broken(path, key, `the codemod cannot be built: ${place} ${problem?.message ?? ""}`.trim());
    },
  };
}

async function partsOf(files: CodemodFiles, path: string): Promise<string[]> {
  const folder = posix.dirname(path);
  // At the root there are other things than codemods, and many.
  const beside = folder === "." ? [] : await files.list(folder);
  return [...new Set([path, ...beside, ...PACKAGE_FILES])];
}

function runnable(path: string, key: string, code: string): Codemod {
  return {
    path,
    key,
    broken: null,
    async run(library, to, files) {
      const { changed, failure } = await runCodemod({ code, path, library, to, files: [...files] });
      if (failure !== null) {
        const where = failure.file === null ? "" : ` on ${failure.file}`;
        return { kind: "failed", reason: `the codemod ${path} failed${where}: ${failure.message}` };
      }
      const given = new Set(files.map((file) => file.path));
      return { kind: "changed", texts: new Map(Object.entries(changed).filter(([file]) => given.has(file))) };
    },
  };
}

function broken(path: string, key: string, reason: string): Codemod {
  return { path, key, broken: reason, run: () => Promise.resolve({ kind: "failed", reason }) };
}

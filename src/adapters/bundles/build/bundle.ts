import { readFile } from "node:fs/promises";
import path from "node:path";
import * as esbuild from "esbuild";
import { BuildStop, rejection } from "./build-stop.ts";
import { buildLimits } from "./limits.ts";
import { importRules, type ImportRules } from "./import-rules.ts";
import { problemOf, wrapperFile, type ProblemContext } from "./esbuild-problem.ts";
import { fileStart } from "./text-position.ts";

export interface BundleRequest extends ProblemContext, ImportRules {
  /** The first line of the bundle. */
  readonly firstLine: string;
}

export interface Bundled {
  readonly code: string;
  readonly sourceMap: string;
  /** Files that contributed code, relative to the work copy. */
  readonly inputs: readonly string[];
}

/** Bundles the entry and all it imports into one script. Stops the build with every error that esbuild finds. */
export async function bundle(request: BundleRequest): Promise<Bundled> {
  const result = await runEsbuild(request);
  const code = result.outputFiles.find(({ path: file }) => file.endsWith("/bundle.js"));
  const sourceMap = result.outputFiles.find(({ path: file }) => file.endsWith("/bundle.js.map"));
  const output = result.metafile.outputs["bundle.js"];
  if (code === undefined || sourceMap === undefined || output === undefined) {
    throw new Error("esbuild made no bundle");
  }
  checkSize(code.contents.byteLength, buildLimits.bundleBytesMax, request);
  checkSize(sourceMap.contents.byteLength, buildLimits.sourceMapBytesMax, request);
  await checkHandler(request);
  const inputs = Object.entries(output.inputs)
    .filter(([file, { bytesInOutput }]) => bytesInOutput > 0 && file !== wrapperFile)
    .map(([file]) => file);
  return { code: code.text, sourceMap: sourceMap.text, inputs };
}

async function runEsbuild(
  request: BundleRequest,
): Promise<esbuild.BuildResult<{ write: false; metafile: true }>> {
  const entry = JSON.stringify(`./${request.entry}`);
  try {
    return await esbuild.build({
      // Asking for the default export by name makes esbuild say when there is none.
      stdin: {
        contents: `export * from ${entry};\nexport { default } from ${entry};\n`,
        resolveDir: request.root,
        sourcefile: wrapperFile,
        loader: "js",
      },
      absWorkingDir: request.root,
      outfile: "bundle.js",
      write: false,
      metafile: true,
      bundle: true,
      format: "iife",
      globalName: "__showrunner_script",
      platform: "neutral",
      conditions: ["worker", "browser"],
      mainFields: ["module", "main"],
      target: "es2024",
      charset: "ascii",
      minifySyntax: false,
      sourcemap: "external",
      sourcesContent: true,
      legalComments: "none",
      // Bundles have no environment; libraries choose their production code by this name.
      define: { "process.env.NODE_ENV": '"production"' },
      banner: { js: request.firstLine },
      logLevel: "silent",
      logLimit: buildLimits.problemsMax,
      plugins: [importRules(request)],
    });
  } catch (error) {
    if (!isBuildFailure(error)) throw error;
    throw new BuildStop({
      kind: "rejected",
      problems: error.errors.slice(0, buildLimits.problemsMax).map((message) => problemOf(message, request)),
    });
  }
}

function isBuildFailure(error: unknown): error is esbuild.BuildFailure {
  return (
    error instanceof Error && "errors" in error && Array.isArray(error.errors) && error.errors.length > 0
  );
}

function checkSize(bytes: number, bytesMax: number, request: BundleRequest): void {
  if (bytes <= bytesMax) return;
  throw rejection({
    file: request.entry,
    ...fileStart,
    code: "bundle-too-large",
    message: `The bundle is ${(bytes / 1024 / 1024).toFixed(1)} MB; at most ${bytesMax / 1024 / 1024} MB are allowed.`,
  });
}

/**
 * Stops when the default export visibly cannot have a `fetch`: an object literal written in an entry that neither
 * mentions the name nor takes anything over by spreading.
 */
async function checkHandler(request: BundleRequest): Promise<void> {
  const source = await readFile(path.join(request.root, request.entry), "utf8");
  const loader = /\.(?:tsx|jsx)$/.test(request.entry) ? "tsx" : "ts";
  const transformed = await esbuild.transform(source, { loader }).catch(() => null);
  if (transformed === null) return;
  const { code } = transformed;
  const isLiteral = /(?:^|\n)(?:export default|var \w+_default =) \{/.test(code);
  if (!isLiteral || code.includes("fetch") || code.includes("...") || code.includes("[")) return;
  throw rejection({
    file: request.entry,
    ...fileStart,
    code: "no-fetch-export",
    message: "The default export has no fetch method.",
    fix: "export default { fetch(request) { … } }",
  });
}

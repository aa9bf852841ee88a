import { isBuiltin } from "node:module";
import path from "node:path";
import * as esbuild from "esbuild";
import { settingsLine } from "#adapters/bundles/revision-settings-line.ts";
import type { BuildOutcome, BuildProblem, FoundScript } from "./dev-script.ts";

const PROBLEMS_MAX = 20;
// What esbuild shows as the place of an error in the lines below, which nobody wrote.
const WRAPPER = "showrunner-entry.js";

/** Bundles one script again and again, each time only what changed. The bundle is as the control plane would make it. */
export class ScriptBuilder {
  readonly script: FoundScript;
  readonly #root: string;
  #context: Promise<esbuild.BuildContext<{ write: false; metafile: true }>> | null = null;

  constructor(root: string, script: FoundScript) {
    this.#root = root;
    this.script = script;
  }

  async build(): Promise<BuildOutcome> {
    this.#context ??= esbuild.context({ ...optionsFor(this.script), write: false, metafile: true });
    try {
      const context = await this.#context;
      return this.#read(await context.rebuild());
    } catch (error) {
      return { ok: false, problems: this.#problemsOf(error) };
    }
  }

  async dispose(): Promise<void> {
    const context = await this.#context?.catch(() => null);
    await context?.dispose();
  }

  #read(result: esbuild.BuildResult<{ write: false; metafile: true }>): BuildOutcome {
    const code = result.outputFiles.find(({ path: file }) => file.endsWith("bundle.js"));
    const map = result.outputFiles.find(({ path: file }) => file.endsWith("bundle.js.map"));
    if (code === undefined || map === undefined) throw new Error("esbuild made no bundle");
    const folder = path.dirname(this.script.entry);
    const inputs = Object.keys(result.metafile.inputs)
      .filter((file) => file !== WRAPPER)
      .map((file) => path.resolve(folder, file));
    return { ok: true, bundle: Buffer.from(code.contents), sourceMap: map.text, inputs };
  }

  #problemsOf(error: unknown): readonly BuildProblem[] {
    const file = path.relative(this.#root, this.script.entry);
    if (!isBuildFailure(error)) {
      return [{ file, line: 1, column: 1, message: error instanceof Error ? error.message : String(error) }];
    }
    return error.errors.slice(0, PROBLEMS_MAX).map(({ text, location }) => {
      const message = messageOf(text);
      if (location === null || location.file === WRAPPER) return { file, line: 1, column: 1, message };
      const place = path.relative(this.#root, path.resolve(path.dirname(this.script.entry), location.file));
      return { file: place, line: location.line, column: location.column + 1, message };
    });
  }
}

function optionsFor({ entry, settings }: FoundScript): esbuild.BuildOptions {
  const specifier = JSON.stringify(`./${path.basename(entry)}`);
  const folder = path.dirname(entry);
  return {
    // Asking for the default export by name makes esbuild say when there is none.
    stdin: {
      contents: `export * from ${specifier};\nexport { default } from ${specifier};\n`,
      resolveDir: folder,
      sourcefile: WRAPPER,
      loader: "js",
    },
    absWorkingDir: folder,
    outfile: "bundle.js",
    bundle: true,
    format: "iife",
    globalName: "__showrunner_script",
    platform: "neutral",
    conditions: ["worker", "browser"],
    mainFields: ["module", "main"],
    target: "es2024",
    charset: "ascii",
    sourcemap: "external",
    sourcesContent: false,
    legalComments: "none",
    define: { "process.env.NODE_ENV": '"production"' },
    banner: { js: settingsLine(settings) },
    logLevel: "silent",
    logLimit: PROBLEMS_MAX,
  };
}

function messageOf(text: string): string {
  if (/No matching export .* for import "default"/.test(text)) {
    return "There is no default export. A script begins with: export default { fetch(request) { … } }";
  }
  const missing = /^Could not resolve "(.*)"$/.exec(text)?.[1];
  if (missing === undefined) return text;
  if (isBuiltin(missing)) return `"${missing}" is a module of Node.js, which scripts do not have.`;
  const advice = /^[./#]/.test(missing)
    ? ""
    : " Is it installed? npm install in the script's folder does that.";
  return `Could not find "${missing}".${advice}`;
}

function isBuildFailure(error: unknown): error is esbuild.BuildFailure {
  return (
    error instanceof Error && "errors" in error && Array.isArray(error.errors) && error.errors.length > 0
  );
}

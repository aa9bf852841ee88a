import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";
import { captureIntrinsics } from "./sandbox-intrinsics.ts";

const NAMES = [
  "binary-text",
  "calls",
  "cloning",
  "console",
  "digests",
  "events",
  "forms",
  "headers",
  "request-init",
  "streams",
  "text",
  "timers",
  "urls",
];

let built: ReadonlyMap<string, string> | null = null;

/**
 * The parts of `runtime/sandbox/lazy/` by name, each as the body of a function of `intrinsics`, the language's
 * globals, that returns its module. They are made
 * once a process, at the first call: an isolate asks for one when a script first touches it.
 */
export function sandboxModules(): ReadonlyMap<string, string> {
  built ??= new Map(NAMES.map((name) => [name, buildModule(name)]));
  return built;
}

function buildModule(name: string): string {
  const { outputFiles } = buildSync({
    entryPoints: [fileURLToPath(new URL(`../sandbox/lazy/${name}.ts`, import.meta.url))],
    bundle: true,
    write: false,
    format: "iife",
    globalName: "part",
    target: "es2024",
    // Not the names: some classes show theirs.
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: "none",
    charset: "ascii",
    logLevel: "silent",
  });
  const [output] = outputFiles;
  if (output === undefined) throw new Error(`the sandbox part ${name} came out empty`);
  return `${captureIntrinsics("intrinsics")}${output.text}\nreturn part;`;
}

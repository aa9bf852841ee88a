import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";
import { captureIntrinsics } from "./sandbox-intrinsics.ts";

const ENTRY = fileURLToPath(new URL("../sandbox/prelude.ts", import.meta.url));

const HOST_FUNCTIONS = "parseUrl, assignUrl, callHost, monotonicMs";

/**
 * The code of `runtime/sandbox/` as one function body. It returns a function of the host's functions (in the
 * order above), which installs the sandbox and gives its SandboxEntry. Made once a process.
 */
export function buildPreludeSource(): string {
  const { outputFiles } = buildSync({
    entryPoints: [ENTRY],
    bundle: true,
    write: false,
    format: "iife",
    globalName: "prelude",
    target: "es2024",
    minifyWhitespace: true,
    charset: "ascii",
    logLevel: "silent",
  });
  const [output] = outputFiles;
  if (output === undefined) throw new Error("the sandbox prelude came out empty");
  return `${captureIntrinsics("globalThis")}${output.text}
return (${HOST_FUNCTIONS}) => prelude.install({ ${HOST_FUNCTIONS} });`;
}

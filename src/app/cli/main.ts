// The command line's own composition root; bin/showrunner.js starts it on the packaged Node.
import { readFile } from "node:fs/promises";
import { enableCompileCache } from "node:module";
import { text as textOf } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

// Before anything else is loaded: without it half a second goes into reading the same sources again on every start. In the
// installation's own folder, since others could write to a shared one.
enableCompileCache(fileURLToPath(new URL("../../../node_modules/.cache/showrunner", import.meta.url)));
const { runCli } = await import("./run-cli.ts");

// A reader that has seen enough (`| head`) is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  process.exit(error.code === "EPIPE" ? 0 : 1);
});

const packageText = await readFile(new URL("../../../package.json", import.meta.url), "utf8");
const version = /"version": *"([^"]+)"/.exec(packageText)?.[1] ?? "unknown";

process.exitCode = await runCli(process.argv.slice(2), version, {
  cwd: process.cwd(),
  env: process.env,
  stdin: async () => textOf(process.stdin),
  out: (text) => process.stdout.write(text),
  log: (text) => process.stderr.write(`${text}\n`),
  colour: process.stdout.isTTY && !process.env["NO_COLOR"],
  width: process.stdout.isTTY ? process.stdout.columns || 80 : null,
  now: () => Date.now(),
  fetch: globalThis.fetch,
});

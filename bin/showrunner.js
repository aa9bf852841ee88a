#!/usr/bin/env node
// Plain JavaScript that any Node from 20 on can run: it only starts the command line on the packaged Node 24.
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { constants } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const require = createRequire(import.meta.url);
const node = path.join(path.dirname(require.resolve("node/package.json")), "bin", "node");
const main = fileURLToPath(new URL("../src/app/cli/main.ts", import.meta.url));

const child = spawn(node, ["--disable-warning=ExperimentalWarning", main, ...process.argv.slice(2)], {
  stdio: "inherit",
});
const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
for (const signal of signals) process.on(signal, () => child.kill(signal));
child.on("error", (error) => {
  process.stderr.write(`Could not start ${node}: ${error.message}. Run npm ci.\n`);
  process.exit(3);
});
child.on("exit", (code, signal) => {
  if (signal === null) process.exit(code ?? 1);
  // Die of the same signal, so that a shell sees it; where that does not work, with the usual number.
  for (const name of signals) process.removeAllListeners(name);
  process.kill(process.pid, signal);
  setTimeout(() => process.exit(128 + constants.signals[signal]), 100);
});

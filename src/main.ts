import { readFileSync } from "node:fs";
import { flushCompileCache } from "node:module";
import { readConfiguration } from "#app/configuration.ts";
import { startControlPlane } from "#app/control-plane.ts";

const packageFile = new URL("../package.json", import.meta.url);
const { version }: { version: string } = JSON.parse(readFileSync(packageFile, "utf8"));

try {
  const controlPlane = await startControlPlane(readConfiguration(process.env), version);
  process.stdout.write(`control-plane ready ${controlPlane.url}\n`);
  // With NODE_COMPILE_CACHE the next start takes half the time, also after an end that nobody can prepare for.
  flushCompileCache();
  let isStopping = false;
  const stop = () => {
    if (isStopping) return;
    isStopping = true;
    void controlPlane.close().finally(() => process.exit(0));
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}

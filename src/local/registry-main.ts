import path from "node:path";
import { startRegistry } from "./registry.ts";
import { localPackages } from "./registry/local-packages.ts";

/** The registry as a process: `REGISTRY_PORT` (0 takes a free one); says `registry ready URL` on stdout; ends on SIGTERM. */
async function main(): Promise<void> {
  const port = Number(process.env["REGISTRY_PORT"] ?? "0");
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error("REGISTRY_PORT is not a port.");
  const packages = await localPackages(path.resolve(import.meta.dirname, "..", ".."));
  const registry = await startRegistry({ port, packages });
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => void registry.close().then(() => process.exit(0)));
  }
  process.stdout.write(`registry ready ${registry.url}\n`);
}

await main();

import { createHash } from "node:crypto";
import { builderWith, settings } from "./build-in.ts";

/** One build in a process of its own, for tests that need another environment: REGISTRY CACHE TIMEOUT_MS CHECKOUT. */
const [registryUrl = "", cacheDir = "", timeoutMs = "", checkout = ""] = process.argv.slice(2);
const outcome = await builderWith(registryUrl, cacheDir, Number(timeoutMs)).build({
  checkout,
  path: ".",
  entry: "src/index.ts",
  settings,
});
const shown =
  outcome.kind === "built"
    ? [outcome.digest, createHash("sha256").update(outcome.sourceMap).digest("hex")]
    : outcome;
process.stdout.write(JSON.stringify(shown));

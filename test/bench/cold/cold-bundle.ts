import { buildSync } from "esbuild";
import { fileURLToPath } from "node:url";
import type { RevisionSettings } from "#schemas/types.ts";

const ENTRY = fileURLToPath(new URL("../scripts/catalog-page.ts", import.meta.url));
export const COLD_PATH = "/catalog/new?id=12&lang=de&page=2&since=2026-01-31";

const SETTINGS: RevisionSettings = {
  schema: 1,
  name: "catalog",
  version: "1",
  route: "/catalog",
  warmup: [{ path: COLD_PATH, times: 200, timeoutMs: 2000 }],
  limits: { memoryMb: 64, cpuMs: 500, wallMs: 1500, concurrency: 64, responseMb: 8 },
  egress: [],
  secrets: [],
};

/** A bundle of some 50 KB as the control plane makes it, settings line and all. */
export function makeColdBundle(): string {
  const { outputFiles } = buildSync({
    entryPoints: [ENTRY],
    bundle: true,
    write: false,
    format: "iife",
    globalName: "__showrunner_script",
    platform: "neutral",
    conditions: ["worker", "browser"],
    mainFields: ["module", "main"],
    target: "es2024",
    charset: "ascii",
    legalComments: "none",
    banner: { js: `//showrunner ${JSON.stringify(SETTINGS)}` },
  });
  const [output] = outputFiles;
  if (output === undefined) throw new Error("esbuild made no bundle");
  return output.text;
}

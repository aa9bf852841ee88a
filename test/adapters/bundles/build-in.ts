import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pino } from "pino";
import { createBuilder } from "#adapters/bundles/builder.ts";
import type { Builder, BuildOutcome } from "#domain/ports.ts";
import type { Problem } from "#domain/manifest/problem.ts";
import type { RevisionSettings } from "#schemas/types.ts";

export const settings: RevisionSettings = {
  schema: 1,
  name: "artwork",
  version: "4",
  route: "/artwork",
  warmup: [{ path: "/artwork?id=1&q=é", times: 2, timeoutMs: 500 }],
  limits: { memoryMb: 64, cpuMs: 500, wallMs: 1500, concurrency: 64, responseMb: 8 },
  egress: [],
  secrets: [],
};

export function builderWith(registryUrl: string, cacheDir: string, timeoutMs = 100_000): Builder {
  return createBuilder({ registryUrl, cacheDir, timeoutMs, logger: pino({ level: "silent" }) });
}

/** Folders that are gone when the tests are over. */
export function createTemporary(): { folder(): Promise<string>; clear(): Promise<void> } {
  const made: string[] = [];
  return {
    async folder() {
      const folder = await mkdtemp(path.join(tmpdir(), "showrunner-test-"));
      made.push(folder);
      return folder;
    },
    async clear() {
      for (const folder of made.splice(0)) await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Writes files by path relative to the folder. */
export async function writeFiles(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [file, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(folder, file)), { recursive: true });
    await writeFile(path.join(folder, file), text);
  }
}

/** Problems as "file:line:column code"; the outcome's kind when there are none. */
export function problemsOf(outcome: BuildOutcome): string[] {
  return outcome.kind === "rejected" ? outcome.problems.map(shown) : [outcome.kind];
}

function shown({ file, line, column, code }: Problem): string {
  return `${file}:${line}:${column} ${code}`;
}

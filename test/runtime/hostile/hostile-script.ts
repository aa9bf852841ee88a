import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { transform } from "esbuild";
import type { RevisionSettings } from "#schemas/types.ts";

const FOLDER = join(import.meta.dirname, "scripts");

/** One file of the corpus. */
export interface HostileScript {
  /** The file's name, which says what it tries. */
  readonly name: string;
  /** stopped: its requests must fail, and it must be named; contained: any clean answer will do. */
  readonly expected: "stopped" | "contained";
  /** A bundle as the control plane would hand it out. */
  readonly bundle: string;
}

/** The whole corpus, in the order of names. */
export async function readHostileScripts(): Promise<HostileScript[]> {
  const files = (await readdir(FOLDER)).filter((file) => file.endsWith(".js")).sort();
  return Promise.all(files.map(readHostileScript));
}

async function readHostileScript(file: string): Promise<HostileScript> {
  const name = file.replace(/\.js$/, "");
  const source = await readFile(join(FOLDER, file), "utf8");
  const expected = /^\/\/ Expected: (stopped|contained)\.$/m.exec(source)?.[1];
  if (expected !== "stopped" && expected !== "contained")
    throw new Error(`${file} does not say what to expect`);
  const own: Partial<RevisionSettings> = JSON.parse(/^\/\/ Settings: (.*)$/m.exec(source)?.[1] ?? "{}");
  const { code } = await transform(source, { format: "iife", globalName: "__showrunner_script" });
  const settings: RevisionSettings = {
    schema: 1,
    name,
    version: "1",
    route: `/${name}`,
    warmup: [],
    limits: { memoryMb: 64, cpuMs: 250, wallMs: 500, concurrency: 16, responseMb: 1 },
    // All that a manifest may ask for, so that it is the platform that refuses.
    egress: ["0.0.0.0/0", "::/0", "localhost:80", "nowhere.example:80"],
    secrets: [],
    ...own,
  };
  return { name, expected, bundle: `//showrunner ${JSON.stringify(settings)}\n${code}` };
}

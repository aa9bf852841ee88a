import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";
import { buildPreludeSource } from "../isolates/prelude-source.ts";
import { sandboxModules } from "../isolates/sandbox-modules.ts";
import { writeFileWhole } from "../sync/write-file-whole.ts";

const ENTRY = fileURLToPath(new URL("../worker/main.ts", import.meta.url));

/** What is needed to start workers. */
export interface WorkerProgram {
  readonly file: string;
  readonly prelude: string;
  readonly preludeModules: Readonly<Record<string, string>>;
  /** Folders and files that a worker has to read to start, and nothing else. */
  readonly readable: readonly string[];
}

/**
 * The worker's code as one file: it starts in a third of the time, which is time that a killed worker's clients wait.
 * Made anew at each start of the agent.
 */
export async function buildWorker(folder: string): Promise<WorkerProgram> {
  // The addon cannot be bundled, so it is named by its place.
  const addon = createRequire(import.meta.url).resolve("isolated-vm");
  const { outputFiles } = buildSync({
    entryPoints: [ENTRY],
    bundle: true,
    write: false,
    platform: "node",
    format: "cjs",
    target: "node24",
    alias: { "isolated-vm": addon },
    // Of the sketches only the optional wire format needs it.
    external: [addon, "protobufjs/minimal"],
    logLevel: "silent",
  });
  const [output] = outputFiles;
  if (output === undefined) throw new Error("the worker came out empty");
  const file = join(folder, "worker.cjs");
  await writeFileWhole(file, output.contents);
  const packages = dirname(addon.slice(0, addon.lastIndexOf("isolated-vm/")));
  return {
    file,
    prelude: buildPreludeSource(),
    preludeModules: Object.fromEntries(sandboxModules()),
    // Its loader asks what kind of Linux this is.
    readable: [file, packages, "/etc/alpine-release"],
  };
}

import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** A folder on disk with some files, in which the machine's npm runs with a home of its own. */
export interface NpmFolder {
  readonly folder: string;
  npm(...args: readonly string[]): Promise<void>;
  read(file: string): Promise<string>;
  write(files: ReadonlyMap<string, string>): Promise<void>;
  remove(): Promise<void>;
}

export async function npmFolder(registry: string, files: ReadonlyMap<string, string>): Promise<NpmFolder> {
  const home = await mkdtemp(path.join(tmpdir(), "showrunner-npm-"));
  const folder = path.join(home, "project");
  const npm: NpmFolder = {
    folder,
    async npm(...args) {
      const env = { PATH: process.env["PATH"] ?? "", HOME: home, npm_config_registry: registry };
      const quiet = ["--no-audit", "--no-fund", "--no-update-notifier", "--ignore-scripts"];
      await run("npm", [...args, ...quiet], { cwd: folder, env });
    },
    read: (file) => readFile(path.join(folder, file), "utf8"),
    async write(texts) {
      for (const [file, text] of texts) {
        await mkdir(path.dirname(path.join(folder, file)), { recursive: true });
        await writeFile(path.join(folder, file), text);
      }
    },
    remove: () => rm(home, { recursive: true, force: true }),
  };
  await mkdir(folder);
  await npm.write(files);
  return npm;
}

import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import path from "node:path";

/** One file in the three states that a merge looks at; null where it is not there. */
export interface ThreeWay {
  readonly base: string | null;
  readonly ours: string | null;
  readonly theirs: string | null;
}

/** Whether git merges a file without a conflict, by git's own line merge. `workFolder` is the caller's own. */
export async function mergesCleanly({ base, ours, theirs }: ThreeWay, workFolder: string): Promise<boolean> {
  if (ours === theirs || base === theirs || base === ours) return true;
  // One side deleted what the other changed, or both added it differently.
  if (base === null || ours === null || theirs === null) return false;
  const folder = await mkdtemp(path.join(workFolder, "merge-"));
  try {
    await Promise.all(
      Object.entries({ ours, base, theirs }).map(([name, text]) => writeFile(path.join(folder, name), text)),
    );
    return await new Promise((resolve, reject) => {
      const env = {
        PATH: process.env["PATH"] ?? "",
        GIT_CONFIG_NOSYSTEM: "1",
        GIT_CONFIG_GLOBAL: "/dev/null",
      };
      const args = ["merge-file", "-p", "--quiet", "ours", "base", "theirs"];
      execFile("git", args, { cwd: folder, env, maxBuffer: 256 * 1024 * 1024 }, (error) => {
        // It exits with the number of conflicts.
        if (error === null) resolve(true);
        else if (typeof error.code === "number" && error.code > 0 && error.code < 128) resolve(false);
        else reject(new Error("git merge-file failed", { cause: error }));
      });
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

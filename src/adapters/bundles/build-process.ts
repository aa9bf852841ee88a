import { rmSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { createInterface } from "node:readline";
import { runBuild } from "./build/run-build.ts";
import type { BuildJob, BuildReply } from "./build/build-job.ts";

/**
 * The process that one build runs in, told the build's folder as its only argument. Reads a job as one line of JSON on
 * stdin, leaves its files in the job's output folder, and ends. When its parent is gone, be it before the job has come,
 * it deletes the build's folder and ends at once.
 */
async function main(): Promise<void> {
  const [folder] = process.argv.slice(2);
  if (folder === undefined) throw new Error("The build's folder is missing.");
  const lines = createInterface({ input: process.stdin }).once("close", () => endAlone(folder));
  const first = await new Promise<string>((resolve) => lines.once("line", resolve));
  const job: BuildJob = JSON.parse(first);
  const reply: BuildReply = await runBuild(job);
  await writeFile(path.join(job.outFolder, "reply.json"), JSON.stringify(reply));
  process.exit(0);
}

function endAlone(folder: string): void {
  // Files that were being written may appear in a folder that was just emptied.
  rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  process.exit(1);
}

await main();

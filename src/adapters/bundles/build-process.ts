import { rmSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { createInterface } from "node:readline";
import { runBuild } from "./build/run-build.ts";
import type { BuildJob, BuildReply } from "./build/build-job.ts";

/**
 * The process that one build runs in. Reads a job as one line of JSON on stdin, leaves its files in the job's output
 * folder, and ends. When its parent is gone it cleans up after both and ends at once.
 */
async function main(): Promise<void> {
  const lines = createInterface({ input: process.stdin });
  const first = await new Promise<string>((resolve) => {
    lines.once("line", resolve);
    lines.once("close", () => process.exit(1));
  });
  const job: BuildJob = JSON.parse(first);
  lines.removeAllListeners("close").once("close", () => endAlone(job));
  const reply: BuildReply = await runBuild(job);
  await writeFile(path.join(job.outFolder, "reply.json"), JSON.stringify(reply));
  process.exit(0);
}

function endAlone(job: BuildJob): void {
  rmSync(job.folder, { recursive: true, force: true });
  process.exit(1);
}

await main();

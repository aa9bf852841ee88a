import { writeFile } from "node:fs/promises";
import path from "node:path";
import { createInterface } from "node:readline";
import { runBuild } from "./build/run-build.ts";
import type { BuildJob, BuildReply } from "./build/build-job.ts";

/**
 * The process that one build runs in. Reads a job as one line of JSON on stdin, leaves its files in the job's output
 * folder, and ends. Ends at once when its parent is gone.
 */
async function main(): Promise<void> {
  const lines = createInterface({ input: process.stdin });
  const first = await new Promise<string>((resolve) => {
    lines.once("line", resolve);
    lines.once("close", () => process.exit(1));
  });
  const job: BuildJob = JSON.parse(first);
  const reply: BuildReply = await runBuild(job);
  await writeFile(path.join(job.outFolder, "reply.json"), JSON.stringify(reply));
  process.exit(0);
}

await main();

import { compare, type BenchResult, type SuiteOptions } from "../report.ts";
import { residentMb } from "../process-memory.ts";
import { helloScript, type BenchScript, type BenchServer } from "../servers/bench-server.ts";
import { ShowrunnerServer } from "../servers/showrunner.ts";
import { startWorkerd } from "../servers/workerd.ts";

const FEW = 1;
const MANY = 201;
const SETTLE_MS = 3000;

/**
 * Resident memory that a hello script adds, MiB: each server, with all of its processes, with 201 scripts and with 1,
 * every one of them asked once. Each measurement takes a fresh server.
 */
export async function densitySuite({ rounds, log }: SuiteOptions): Promise<readonly BenchResult[]> {
  const values: Record<"ours" | "workerd", number[]> = { ours: [], workerd: [] };
  let version = "";
  for (let round = 0; round < rounds; round += 1) {
    for (const side of round % 2 === 0 ? (["ours", "workerd"] as const) : (["workerd", "ours"] as const)) {
      const few = await memoryWith(side, FEW);
      const many = await memoryWith(side, MANY);
      if (side === "workerd") ({ version } = many);
      const perScriptMb = (many.mb - few.mb) / (MANY - FEW);
      values[side].push(perScriptMb);
      log(
        `round ${round + 1}/${rounds} ${side}: ${perScriptMb.toFixed(3)} MB a script (${few.mb.toFixed(0)} to ${many.mb.toFixed(0)} MB)`,
      );
    }
  }
  const peer = { name: "workerd", version, values: values.workerd };
  return [compare("memory-vs-workerd", "lower", values.ours, peer)];
}

async function memoryWith(
  side: "ours" | "workerd",
  count: number,
): Promise<{ readonly mb: number; readonly version: string }> {
  const scripts = Array.from({ length: count }, (_, index) => helloScript(`script-${index}`));
  const server = side === "ours" ? await startOurs(scripts) : await startWorkerd(scripts);
  try {
    for (const { name } of scripts) await ask(server, name);
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    return { mb: residentMb(server.pid), version: server.version };
  } finally {
    await server.stop();
  }
}

async function startOurs(scripts: readonly BenchScript[]): Promise<BenchServer> {
  const server = await ShowrunnerServer.start();
  await server.serve(scripts);
  return server;
}

async function ask({ host, port }: BenchServer, name: string): Promise<void> {
  const response = await fetch(`http://${host}:${port}/${name}`);
  if ((await response.text()) !== "hello") throw new Error(`${name} answered with ${response.status}`);
}

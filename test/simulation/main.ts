import { fork } from "node:child_process";
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { isOk, jsonReport, textReport } from "./report.ts";
import { runSeed } from "./run-seed.ts";
import { scenarioOf } from "./scenario.ts";
import type { ChildMessage, SeedRange } from "./seeds-child.ts";
import { shrink } from "./shrink.ts";
import { type Totals, addTotals, neverSeen, noTotals, unmetFigures } from "./totals.ts";

const usage = `usage: npm run simulate -- [--suite rollout] --seeds N [--from K] [--json]
       npm run simulate -- --trace SEED     prints everything that happens in a seed
       npm run simulate -- --shrink SEED    leaves out what a failing seed does not need to fail
Says how far it is every 30 seconds, to stderr. Exit codes: 0 passed, 1 an invariant or a figure is broken, 2 wrong usage.`;

/** From so many seeds on, a fault, phase or check that never came up is a failure, and so is a figure that is not met. */
const completeFrom = 1_000;
const processesMax = 2;
const toldEveryMs = 30_000;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      suite: { type: "string", default: "rollout" },
      seeds: { type: "string" },
      from: { type: "string", default: "1" },
      json: { type: "boolean", default: false },
      trace: { type: "string" },
      shrink: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    return 0;
  }
  if (values.suite !== "rollout") throw new Error(`there is no suite "${values.suite}" yet, only rollout`);
  if (values.trace !== undefined) return printTrace(wholeNumber(values.trace));
  if (values.shrink !== undefined) return printShrunk(wholeNumber(values.shrink));
  const from = wholeNumber(values.from);
  const seeds = wholeNumber(values.seeds ?? "");
  const startedAtMs = performance.now();
  const { totals, broken } = await runAll(from, seeds);
  const tookMs = performance.now() - startedAtMs;
  const isComplete = seeds >= completeFrom && broken === null;
  const missing = isComplete ? neverSeen(totals) : [];
  const unmet = isComplete ? unmetFigures(totals) : [];
  const outcome = { from, seeds, tookMs, totals, broken, missing, unmet };
  console.log(values.json ? JSON.stringify(jsonReport(outcome), null, 2) : textReport(outcome));
  if (broken !== null && !values.json) {
    const { trace } = await runSeed(broken.seed, { keepsTrace: true });
    console.log(`\nThe last of its trace (all of it: npm run simulate -- --trace ${broken.seed}):`);
    console.log(trace.slice(-40).join("\n"));
  }
  return isOk(outcome) ? 0 : 1;
}

type Broken = Extract<ChildMessage, { kind: "broken" }>["result"];

/** Spreads the seeds over processes. Ends all at the first broken invariant. */
async function runAll(
  from: number,
  seeds: number,
): Promise<{ readonly totals: Totals; readonly broken: Broken | null }> {
  const totals = noTotals();
  const count = Math.min(processesMax, availableParallelism(), seeds);
  const children = Array.from({ length: count }, () =>
    fork(new URL("seeds-child.ts", import.meta.url), { stdio: "inherit" }),
  );
  let broken: Broken | null = null;
  const ended = children.map(
    (child, index) =>
      new Promise<void>((resolve, reject) => {
        let isDone = false;
        child.on("message", (message: ChildMessage) => {
          if (message.kind === "totals") addTotals(totals, message.totals);
          else isDone = true;
          if (message.kind === "broken" && (broken === null || message.result.seed < broken.seed)) {
            broken = message.result;
            for (const other of children) if (other !== child) other.kill();
          }
        });
        child.on("exit", (code) => {
          if (isDone || broken !== null) resolve();
          else reject(new Error(`a process of the simulation ended with ${code}`));
        });
        const range: SeedRange = { from: from + index, to: from + seeds, step: count };
        child.send(range);
      }),
  );
  const telling = setInterval(() => {
    console.error(`${totals.seeds} of ${seeds} seeds passed`);
  }, toldEveryMs);
  await Promise.all(ended).finally(() => {
    clearInterval(telling);
  });
  return { totals, broken };
}

async function printTrace(seed: number): Promise<number> {
  const { trace, broken } = await runSeed(seed, { keepsTrace: true });
  console.log(trace.join("\n"));
  return broken === null ? 0 : 1;
}

async function printShrunk(seed: number): Promise<number> {
  const { scenario, result, runs } = await shrink(scenarioOf(seed), { keepsTrace: true });
  console.log(result.trace.join("\n"));
  if (result.broken === null) {
    console.log(`seed ${seed} breaks nothing`);
    return 0;
  }
  console.log(
    `\nafter ${runs} runs, ${scenario.faults.length} faults and ${scenario.acts.length} acts are left:`,
  );
  for (const fault of scenario.faults) console.log(`  ${JSON.stringify(fault)}`);
  for (const act of scenario.acts) console.log(`  ${JSON.stringify(act)}`);
  return 1;
}

function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new Error(`"${text}" is no whole number`);
  return Number(text);
}

process.exitCode = await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  console.error(usage);
  return 2;
});

// Benchmarks: `npm run bench -- SUITE [--json] [--rounds N]`. CONTRIBUTING.md says what each suite measures.
import { parseArgs } from "node:util";
import { leaveServerCore } from "./cores.ts";
import { describeHost, formatReport, type BenchReport, type Suite } from "./report.ts";
import { campaignSuite } from "./suites/campaign.ts";
import { coldStartSuite } from "./suites/cold-start.ts";
import { densitySuite } from "./suites/density.ts";
import { judgeSuite } from "./suites/judge.ts";
import { manyScriptsSuite } from "./suites/many-scripts.ts";
import { reconcileSuite } from "./suites/reconcile.ts";
import { runtimeSuite } from "./suites/runtime.ts";
import { swapSuite } from "./suites/swap.ts";
import { webhookSuite } from "./suites/webhook.ts";

const SUITES: Readonly<Record<string, Suite>> = {
  campaign: campaignSuite,
  runtime: runtimeSuite,
  "many-scripts": manyScriptsSuite,
  "cold-start": coldStartSuite,
  density: densitySuite,
  swap: swapSuite,
  judge: judgeSuite,
  reconcile: reconcileSuite,
  webhook: webhookSuite,
};
/** Promised in the contracts, and not built yet. */
const LATER = ["fanout"];
const ROUNDS = 7;
/** A round of these takes minutes. */
const FEW_ROUNDS: Readonly<Record<string, number>> = { campaign: 1, webhook: 3 };
const NOISY_LOAD = 1;
/** Peers that are installed on demand, by suite. */
const PEERS: Readonly<Record<string, string>> = { campaign: "renovate" };
const USAGE = `Usage: npm run bench -- SUITE [--json] [--rounds N]\n       npm run bench -- campaign --peer renovate\nSuites: ${Object.keys(SUITES).join(", ")}`;

const log = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

const order = readOrder(process.argv.slice(2));
if (order === null) process.exit(2);
const host = describeHost();
if (host.load1 > NOISY_LOAD) log(`note: the load is ${host.load1} already, so these figures are noisy`);
const unpinned = leaveServerCore();
if (unpinned !== null) log(`note: ${unpinned}`);
const results = await order.run({ rounds: order.rounds, peer: order.peer, log });
const report: BenchReport = { suite: order.suite, rounds: order.rounds, host, results };
process.stdout.write(order.isJson ? `${JSON.stringify(report)}\n` : formatReport(report));

interface Order {
  readonly suite: string;
  readonly run: Suite;
  readonly rounds: number;
  readonly peer: string | null;
  readonly isJson: boolean;
}

/** Null when the command line is wrong, which is then told on stderr. */
function readOrder(args: readonly string[]): Order | null {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { json: { type: "boolean" }, rounds: { type: "string" }, peer: { type: "string" } },
      allowPositionals: true,
    });
    const [suite = "", ...more] = positionals;
    const rounds = Number(values.rounds ?? FEW_ROUNDS[suite] ?? ROUNDS);
    const run = SUITES[suite];
    if (LATER.includes(suite)) log(`The suite ${suite} needs a part that this version does not have yet.`);
    else if (run === undefined || more.length > 0) log(USAGE);
    else if (values.peer !== undefined && values.peer !== PEERS[suite]) log(USAGE);
    else if (!Number.isInteger(rounds) || rounds < 1 || rounds > 1000) log("--rounds must be 1 to 1000");
    else return { suite, run, rounds, peer: values.peer ?? null, isJson: values.json === true };
  } catch (error) {
    log(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
  }
  return null;
}

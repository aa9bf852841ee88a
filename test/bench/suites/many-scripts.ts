import { compare, type BenchResult, type SuiteOptions } from "../report.ts";
import { helloScript, type BenchServer } from "../servers/bench-server.ts";
import { startPlainNode } from "../servers/plain-node.ts";
import { ShowrunnerServer } from "../servers/showrunner.ts";
import { startWorkerd } from "../servers/workerd.ts";
import { measureRounds } from "./measure-rounds.ts";

const SCRIPTS = 200;
// Until each script has been asked some hundred times: V8 compiles what runs often, in each isolate by itself.
const WARM_UP_MS = 12_000;

/**
 * 200 scripts, each request to one at random. Plain node:http keeps 200 functions in a map; workerd keeps 200 workers
 * behind a router worker with service bindings, since it has no routes of its own.
 */
export async function manyScriptsSuite(options: SuiteOptions): Promise<readonly BenchResult[]> {
  const names = Array.from({ length: SCRIPTS }, (_, index) => `script-${index}`);
  const scripts = names.map((name) => helloScript(name, `hello from ${name}`));
  const targets = scripts.map(({ name, body }) => ({ path: `/${name}`, body }));
  const servers: BenchServer[] = [];
  try {
    const ours = await ShowrunnerServer.start();
    servers.push(ours);
    await ours.serve(scripts);
    const plain = await startPlainNode(names);
    const workerd = await startWorkerd(scripts);
    servers.push(plain, workerd);
    const of = await measureRounds(
      servers.map((server) => ({ label: server.name, server, targets })),
      options,
      WARM_UP_MS,
    );
    const rates = ({ name }: BenchServer): number[] =>
      of(name).map(({ requestsPerSecond }) => requestsPerSecond);
    const cpu = ({ name }: BenchServer): number[] => of(name).map(({ cpuUs }) => cpuUs);
    const against = (peer: BenchServer, values: number[]) => ({
      name: peer === workerd ? "workerd behind a router worker" : peer.name,
      version: peer.version,
      values,
    });
    return [
      compare("vs-node", "higher", rates(ours), against(plain, rates(plain))),
      compare("vs-workerd", "higher", rates(ours), against(workerd, rates(workerd))),
      compare("cpu-vs-node", "lower", cpu(ours), against(plain, cpu(plain))),
      compare("cpu-vs-workerd", "lower", cpu(ours), against(workerd, cpu(workerd))),
    ];
  } finally {
    await Promise.all(servers.map(async (server) => server.stop()));
  }
}

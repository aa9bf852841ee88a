import { compare, type BenchResult, type SuiteOptions } from "../report.ts";
import type { LoadResult } from "../load/messages.ts";
import { helloScript, type BenchScript, type BenchServer } from "../servers/bench-server.ts";
import { startPlainNode } from "../servers/plain-node.ts";
import { ShowrunnerServer } from "../servers/showrunner.ts";
import { startWorkerd } from "../servers/workerd.ts";
import { measureRounds } from "./measure-rounds.ts";

const URL_SCRIPT: BenchScript = {
  name: "url",
  module: `export default {
  fetch(request) {
    const { pathname, searchParams } = new URL(request.url);
    const text = pathname + " " + searchParams.get("id");
    return new Response(text, { headers: { "content-type": "text/plain" } });
  },
};
`,
  body: "/url 42",
};
const URL_PATH = "/url?id=42&lang=en";

/** One script's requests a second on one core, against plain node:http and workerd. */
export async function runtimeSuite(options: SuiteOptions): Promise<readonly BenchResult[]> {
  const hello = helloScript("hello");
  const servers: BenchServer[] = [];
  try {
    const ours = await ShowrunnerServer.start();
    servers.push(ours);
    await ours.serve([hello, URL_SCRIPT]);
    const plain = await startPlainNode();
    const workerd = await startWorkerd([hello]);
    const workerdUrl = await startWorkerd([URL_SCRIPT]);
    servers.push(plain, workerd, workerdUrl);
    const helloTargets = [{ path: "/hello", body: hello.body }];
    const urlTargets = [{ path: URL_PATH, body: URL_SCRIPT.body }];
    const of = await measureRounds(
      [
        { label: "showrunner hello", server: ours, targets: helloTargets },
        { label: "node:http hello", server: plain, targets: helloTargets },
        { label: "workerd hello", server: workerd, targets: helloTargets },
        { label: "showrunner url", server: ours, targets: urlTargets },
        { label: "workerd url", server: workerdUrl, targets: urlTargets },
      ],
      options,
    );
    const rates = (label: string): number[] =>
      of(label).map(({ requestsPerSecond }: LoadResult) => requestsPerSecond);
    const cpu = (label: string): number[] => of(label).map(({ cpuUs }) => cpuUs);
    const tails = (label: string): number[] => of(label).map(({ p99Us }) => p99Us);
    const against = (peer: BenchServer, values: number[]) => ({ ...nameOf(peer), values });
    return [
      compare("hello-vs-node", "higher", rates("showrunner hello"), against(plain, rates("node:http hello"))),
      compare(
        "hello-vs-workerd",
        "higher",
        rates("showrunner hello"),
        against(workerd, rates("workerd hello")),
      ),
      compare("url-vs-workerd", "higher", rates("showrunner url"), against(workerdUrl, rates("workerd url"))),
      compare("p99-vs-node", "lower", tails("showrunner hello"), against(plain, tails("node:http hello"))),
      compare("hello-cpu-vs-node", "lower", cpu("showrunner hello"), against(plain, cpu("node:http hello"))),
    ];
  } finally {
    await Promise.all(servers.map(async (server) => server.stop()));
  }
}

function nameOf({ name, version }: BenchServer): { name: string; version: string } {
  return { name, version };
}

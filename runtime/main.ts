import { pino, destination } from "pino";
import { setTimerSlack } from "./agent/timer-slack.ts";
import { readConfig } from "./config.ts";
import { leaveProcess } from "./leave-process.ts";
import { RuntimeNode } from "./node.ts";

const EXIT_MS_MAX = 3700;
// Nothing here, and no limit of a script's, is finer.
const TIMER_SLACK_MS = 2;

const read = readConfig(process.env);
if (!read.ok) {
  process.stderr.write(`${read.problems.join("\n")}\n`);
  process.exit(2);
}
const { config } = read;
setTimerSlack(TIMER_SLACK_MS);
// Standard output is for the one line that says where the node is; everything else is log.
const logger = pino(
  { level: config.logLevel, base: { node: config.node, region: config.region } },
  destination({ dest: 2, sync: true }),
);
const node = await RuntimeNode.start(config, { logger, nowMs: Date.now, random: Math.random });
process.stdout.write(`node ready ${config.node} ${node.gatewayUrl} ${node.adminUrl}\n`);

let isStopping = false;
for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.on(signal, () => {
    if (isStopping) return;
    isStopping = true;
    logger.info({ signal }, "the node is going down");
    // An isolate that cannot be stopped must not keep the process.
    setTimeout(leaveProcess, EXIT_MS_MAX).unref();
    void node.stop().then(leaveProcess);
  });
}

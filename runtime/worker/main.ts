import { availableParallelism, loadavg } from "node:os";
import { destination, pino } from "pino";
import type { AgentMessage, WorkerMessage } from "../worker-messages.ts";
import type { Socket } from "node:net";
import { setIsolateFlags } from "../isolates/isolate-flags.ts";
import { Connections } from "./connections.ts";
import { Ledger } from "./ledger.ts";
import { ReplyQueue } from "./reply-queue.ts";
import { turnWallMs } from "../turn-wall-ms.ts";
import { Worker } from "./worker.ts";

// The agent opens the ledger's file and hands it down, so that this process may write nowhere.
const LEDGER_FILE = 4;
const HEARTBEAT_EVERY_MS = 100;
const LOOK_AT_LOAD_EVERY_MS = 1000;

setIsolateFlags();

// Only the agent ends a worker: at a signal to the whole group it still has requests to answer.
for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => {});
process.on("disconnect", () => {
  process.kill(process.pid, "SIGKILL");
});

const send = (message: WorkerMessage): void => {
  process.send?.(message, undefined, undefined, () => {
    // Without its agent this process ends by itself.
  });
};

let worker: Worker | null = null;
process.on("message", (message: AgentMessage, socket: Socket | undefined) => {
  if (message.type === "setup") worker = start(message.setup);
  else worker?.receive(message, socket);
});

let load = 0;
setInterval(() => {
  load = (loadavg()[0] ?? 0) / availableParallelism();
}, LOOK_AT_LOAD_EVERY_MS).unref();

/** Processes that want a core, for each core. */
function machineLoad(): number {
  return load;
}

function start(setup: Extract<AgentMessage, { type: "setup" }>["setup"]): Worker {
  const ledger = new Ledger(LEDGER_FILE);
  const replies = new ReplyQueue({
    onBegin: () => {
      ledger.endTurns();
    },
    onEnd: () => {
      ledger.endReplies();
    },
  });
  const made = new Worker({
    setup,
    ledger,
    replies,
    logger: pino(
      { level: setup.logLevel, base: { node: setup.node, region: setup.region } },
      destination({ dest: 2, sync: true }),
    ),
    nowMs: Date.now,
    cpuUs: () => {
      const { user, system } = process.threadCpuUsage();
      return user + system;
    },
    turnWallMs: (cpuMs, turnCpuMsMax) => turnWallMs(cpuMs, turnCpuMsMax, machineLoad()),
    send,
    leave: () => {
      ledger.endTurns();
      process.kill(process.pid, "SIGKILL");
    },
    makeConnections: (gateway, isDraining) =>
      new Connections({
        ledger,
        replies,
        gateway,
        isDraining,
        nowMs: Date.now,
        onClosed: (slots) => {
          send({ type: "closed", slots });
        },
      }),
  });
  setInterval(() => {
    send({ type: "heartbeat" });
  }, HEARTBEAT_EVERY_MS);
  send({ type: "ready" });
  return made;
}

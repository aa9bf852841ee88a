import { getPriority, setPriority } from "node:os";
import { runGit } from "./git-process.ts";
import type { FromHelper, ToHelper } from "./git-request.ts";

/** How long what is stopped may take to end when nobody waits for it any more. */
const lastMs = 1_000;

// What people and nodes wait for goes before git: on a busy machine, webhooks are acknowledged in time all the same.
const niceness = 5;
setPriority(getPriority() + niceness);

const running = new Map<number, AbortController>();

process.on("message", (message: ToHelper) => {
  if (message.kind === "stop") running.get(message.id)?.abort();
  else void run(message.id, message.request);
});

async function run(id: number, request: Extract<ToHelper, { kind: "run" }>["request"]): Promise<void> {
  const stop = new AbortController();
  running.set(id, stop);
  const outcome = await runGit(request, stop.signal);
  running.delete(id);
  const reply: FromHelper = { id, outcome };
  // Whom it was for may be gone by now.
  if (process.connected) process.send?.(reply);
}

// A terminal sends these to every process of its group; the one that asks says when it is over.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => undefined);

process.on("disconnect", () => {
  for (const stop of running.values()) stop.abort();
  setTimeout(() => process.exit(), running.size === 0 ? 0 : lastMs);
});

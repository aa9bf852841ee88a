// Starts the same bundle again and again, in one of three ways, each time on being asked, and tells how long it took.
//
//   naive: an isolate is made, the prelude is loaded and the script compiled, when the first request is there already.
//   first: a blank isolate is ready, and the script is compiled: how a node starts what it never had before.
//   again: a blank isolate is ready, and the node has compiled the script before.
//
// The latter two run under the flags of a worker.
import { performance } from "node:perf_hooks";
import { pino } from "pino";
import { WORKER_FLAGS } from "#runtime/agent/worker-process.ts";
import { makeBlankIsolate } from "#runtime/isolates/blank-isolate.ts";
import { parseBundle, type Bundle } from "#runtime/isolates/bundle-format.ts";
import { Compiler } from "#runtime/isolates/compiler.ts";
import { IsolateInstance, type InstanceDeps } from "#runtime/isolates/isolate-instance.ts";
import { setIsolateFlags } from "#runtime/isolates/isolate-flags.ts";
import { IsolatePool } from "#runtime/isolates/isolate-pool.ts";
import { buildPreludeSource } from "#runtime/isolates/prelude-source.ts";
import { sandboxModules } from "#runtime/isolates/sandbox-modules.ts";
import { scriptFile } from "#runtime/isolates/script-file.ts";
import type { DispatchOutcome } from "#runtime/isolates/script-instance.ts";
import { ScriptLog } from "#runtime/isolates/script-log.ts";
import { TickScheduler } from "#runtime/isolates/tick-scheduler.ts";
import { TurnClock } from "#runtime/isolates/turn-clock.ts";
import { warmUp } from "#runtime/isolates/warm-up.ts";
import { COLD_PATH } from "./cold-bundle.ts";

export interface ColdSample {
  /** From the bundle's bytes to the first response. */
  readonly coldMs: number;
  /** The first request after the warm-up that the bundle asks for. */
  readonly warmedMs: number;
}

const IDENTITY = { script: "catalog", version: "1", role: "stable", digest: `sha256:${"0".repeat(64)}` };
const PAUSE_MS = 20;
// As in a worker: not while a script starts.
const REFILL_AFTER_MS = 50;

const mode = process.argv[2];
const isNaive = mode === "naive";
if (!isNaive) setIsolateFlags();
const code = { prelude: buildPreludeSource(), modules: sandboxModules() };
const pool = new IsolatePool({
  code,
  blanksPerClass: 1,
  refillAfterMs: REFILL_AFTER_MS,
});
const nothing = (): void => {};
const cpuUs = (): number => {
  const { user, system } = process.threadCpuUsage();
  return user + system;
};
const clock = new TurnClock(cpuUs);
const scheduler = new TickScheduler({
  onTick: (nowMs) => {
    clock.begin(nowMs);
  },
  onTurn: nothing,
  onTicked: nothing,
});
let compiled: Uint8Array | null = null;

process.on("message", (text: string) => {
  void measure(text).then((sample) => process.send?.(sample), fail);
});
process.on("disconnect", () => process.exit(0));

async function measure(text: string): Promise<ColdSample> {
  compiled ??= mode === "again" ? await compile(text) : null;
  if (!isNaive) await untilBlank();
  await pause();
  const startedMs = performance.now();
  const parsed = parseBundle(text);
  if (!parsed.ok) throw new Error(parsed.message);
  const instance = await start(parsed.bundle);
  await request(instance);
  const coldMs = performance.now() - startedMs;
  const warmed = await warmUp(
    instance,
    () => "warm-up",
    new AbortController().signal,
    () => performance.now(),
  );
  if (!warmed.ok) throw new Error(warmed.message);
  const warmedFromMs = performance.now();
  await request(instance);
  const warmedMs = performance.now() - warmedFromMs;
  instance.dispose();
  return { coldMs, warmedMs };
}

async function compile(text: string): Promise<Uint8Array | null> {
  const compiler = new Compiler(WORKER_FLAGS);
  const made = await compiler.compile(text, scriptFile("catalog", "1"));
  compiler.dispose();
  if (made === null) throw new Error("the bundle did not compile");
  return made;
}

async function start(bundle: Bundle): Promise<IsolateInstance> {
  const deps: InstanceDeps = {
    takeBlank: async (memoryMb) => (isNaive ? makeBlankIsolate(code, memoryMb) : pool.take(memoryMb)),
    codeCache: compiled === null ? null : new Uint8Array(compiled),
    enterToLoad: (enter) => enter(),
    region: "eu-west-1",
    node: "bench",
    scheduler,
    cpuUs,
    turnUs: (beganMs, endedMs) => clock.turnUs(beganMs, endedMs),
    nowMs: Date.now,
    log: new ScriptLog(pino({ level: "silent" }), IDENTITY, {}, Date.now),
    fetch: async () => ({ ok: false, message: "no network here" }),
    secrets: {},
    turnCpuMsMax: 1000,
    turnWallMs: (cpuMs) => cpuMs * 2,
    onStrike: nothing,
    onDead: nothing,
    onTurn: nothing,
  };
  const started = await IsolateInstance.start(IDENTITY, bundle, deps);
  if (!started.ok) throw new Error(started.failure.message);
  return started.instance;
}

async function request(instance: IsolateInstance): Promise<void> {
  const outcome = await new Promise<DispatchOutcome>((resolve) => {
    const flat = {
      method: "GET",
      url: `http://localhost${COLD_PATH}`,
      headers: "cookie\nseen=1; group=b\n",
      body: { kind: "none" } as const,
    };
    instance.dispatch(flat, { requestId: "first", wallMs: 5000 }, resolve);
  });
  if (outcome.kind === "failure" || outcome.response.status !== 200) {
    throw new Error(`the script did not answer: ${JSON.stringify(outcome).slice(0, 500)}`);
  }
}

async function untilBlank(): Promise<void> {
  pool.prepare(64);
  while (pool.blanks(64) === 0) await pause();
}

async function pause(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
}

function fail(error: unknown): void {
  process.stderr.write(`${String(error)}\n`);
  process.exit(1);
}

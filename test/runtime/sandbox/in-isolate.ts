import { makeBlankIsolate } from "#runtime/isolates/blank-isolate.ts";
import { encodeFetchReply, encodeRequest, encodeTimer } from "#runtime/isolates/dispatch-codec.ts";
import { IsolateSandbox } from "#runtime/isolates/isolate-sandbox.ts";
import { buildPreludeSource } from "#runtime/isolates/prelude-source.ts";
import { sandboxModules } from "#runtime/isolates/sandbox-modules.ts";
import type { FetchTarget, SandboxMessage, WireFetchReply, WireRequest } from "#runtime/sandbox/messages.ts";

const TURN_TIMEOUT_MS = 10_000;

export interface InIsolateOptions {
  /** Stands in for the host's fetch; without it every call is refused. */
  readonly fetch?: (request: WireRequest, target: FetchTarget) => Promise<WireFetchReply>;
  readonly memoryMb?: number;
}

export interface InIsolate {
  /**
   * Runs the text as a global script, waits for its completion value if that is a promise, and gives the value by
   * JSON. What it throws comes as an Error whose message starts with the error's name. The globals that it makes
   * stay for the next run; timers and fetches are served meanwhile.
   */
  run(source: string): Promise<unknown>;
  /** Lines that went to the console, and errors that nobody caught. */
  readonly logs: readonly string[];
  dispose(): void;
}

// It keeps its own references, so that a test may replace the globals.
const RUNNER = `var __showrunner_script = ((Response, stringify, evaluate, global) => ({ default: {
  async fetch(request, env, ctx) {
    global.env = env;
    global.ctx = ctx;
    try {
      const value = await evaluate(await request.text());
      return new Response(stringify({ value }));
    } catch (error) {
      return new Response(stringify({ error: error.name + ": " + error.message + "\\n" + error.stack }));
    }
  },
} }))(Response, JSON.stringify, eval, globalThis);`;

/**
 * A fresh isolate with the script's world in it, entered through the runtime's own prelude and dispatch. It needs
 * Node's flag --no-node-snapshot. For checks of the world from outside:
 *
 *     const world = await openIsolate();
 *     await world.run(harnessText);
 *     await world.run(testText);
 *     const results = await world.run("resultsPromise");
 *     world.dispose();
 */
export async function openIsolate(options: InIsolateOptions = {}): Promise<InIsolate> {
  const logs: string[] = [];
  const waiting = new Map<number, (text: string) => void>();
  const timers = new Map<number, NodeJS.Timeout>();
  let lastId = 0;
  const enter = (batch: string): void => {
    const turn = sandbox.enter(batch, TURN_TIMEOUT_MS);
    if (turn.kind === "done") return;
    for (const settle of waiting.values()) settle(JSON.stringify({ error: `the turn ended: ${turn.kind}` }));
  };
  const answerCall = async ({
    call,
    request,
    target,
  }: Extract<SandboxMessage, { type: "fetch" }>): Promise<void> => {
    enter(encodeFetchReply(call, await callHost(request, target)));
  };
  const callHost = options.fetch ?? refuseCall;
  const sandbox = new IsolateSandbox({
    takeBlank: async (memoryMb) =>
      makeBlankIsolate({ prelude: buildPreludeSource(), modules: sandboxModules() }, memoryMb),
    config: {
      env: {
        script: "probe",
        version: "1",
        revision: `sha256:${"a".repeat(64)}`,
        region: "eu-west-1",
        node: "node-1",
        values: { limit: 3 },
        secrets: { KEY: "s3cret-value" },
      },
      responseBytesMax: 64 * 1024 * 1024,
    },
    cpuUs: () => {
      const { user, system } = process.threadCpuUsage();
      return user + system;
    },
    enterToLoad: (run) => run(),
    memoryLimitMb: options.memoryMb ?? 128,
    onResponse: (id, { body }) => {
      waiting.get(id)?.(body.kind === "text" ? body.text : "{}");
      waiting.delete(id);
    },
    onMessage: (message) => {
      switch (message.type) {
        case "failure":
          waiting.get(message.id)?.(JSON.stringify({ error: message.error.stack }));
          waiting.delete(message.id);
          return;
        case "log":
          logs.push(message.text);
          return;
        case "timerSet": {
          const fire = (): void => {
            timers.delete(message.timer);
            enter(encodeTimer(message.timer));
          };
          timers.set(message.timer, setTimeout(fire, message.delayMs));
          return;
        }
        case "timerClear":
          clearTimeout(timers.get(message.timer));
          timers.delete(message.timer);
          return;
        case "fetch":
          void answerCall(message);
          return;
        case "tooLarge":
        case "started":
        case "noHandler":
      }
    },
    onStrayError: (text) => logs.push(text),
  });
  const failure = await sandbox.load(RUNNER, "probe@1.js", null);
  if (failure !== null) throw new Error(`${failure.code}: ${failure.message}`);
  return {
    logs,
    run: async (source) => {
      const id = ++lastId;
      const text = await new Promise<string>((resolve) => {
        waiting.set(id, resolve);
        const body = { kind: "text", text: source } as const;
        enter(
          encodeRequest(id, `request-${id}`, {
            method: "POST",
            url: "http://probe.test/probe",
            headers: "",
            body,
          }),
        );
      });
      const answer: { value?: unknown; error?: string } = JSON.parse(text);
      if (answer.error !== undefined) throw new Error(answer.error);
      return answer.value;
    },
    dispose: () => {
      for (const timer of timers.values()) clearTimeout(timer);
      sandbox.dispose();
    },
  };
}

async function refuseCall(): Promise<WireFetchReply> {
  return { ok: false, message: "no network here" };
}

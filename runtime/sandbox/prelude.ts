import { asRecord } from "../as-record.ts";
import { AbortController, AbortSignal, addSignalTimeout } from "./abort.ts";
import { atob, btoa } from "./base64.ts";
import { LogSink } from "./console.ts";
import { makeCrypto, RandomPool } from "./crypto.ts";
import { DOMException, Event, EventTarget } from "./events.ts";
import { Fetcher } from "./fetch.ts";
import { Headers } from "./headers.ts";
import type { HostMessage, SandboxConfig, SandboxMessage, WireError } from "./messages.ts";
import { makeRequestClass, requestFromWire, type RequestClass, type RequestInit } from "./request.ts";
import { Response, responseToWire } from "./response.ts";
import { TextDecoder, TextEncoder } from "./text-encoding.ts";
import { Timers } from "./timers.ts";
import { URLSearchParams } from "./url-search-params.ts";
import { makeUrlClass, type UrlParser, type UrlParts } from "./url.ts";

/** What the host hands in; each is a plain function that carries strings only. */
interface HostFunctions {
  readonly send: (message: string) => void;
  /** JSON of UrlParts, or an empty string. */
  readonly parseUrl: (text: string, base: string | null) => string;
  readonly assignUrl: (href: string, part: string, value: string) => string;
  readonly randomBase64: (byteCount: number) => string;
  /** Milliseconds with a fraction. */
  readonly monotonicMs: () => number;
}

type Handler = (request: unknown, env: unknown, ctx: unknown) => unknown;

// Shared memory and precise clocks help timing attacks; WebAssembly memory is outside the heap's limit.
const WEB_CLASSES = {
  AbortController,
  AbortSignal,
  DOMException,
  Event,
  EventTarget,
  Headers,
  Response,
  TextDecoder,
  TextEncoder,
  URLSearchParams,
};
const REMOVED_GLOBALS = ["SharedArrayBuffer", "Atomics", "WebAssembly"];

/**
 * Makes an empty isolate into a script's world, and returns the one function by which the host enters it.
 * Whatever the script does to the globals later, this keeps its own references.
 */
export function install(host: HostFunctions, configJson: string): (message: string) => void {
  const { parse, stringify } = JSON;
  const config: SandboxConfig = parse(configJson);
  const send = (message: SandboxMessage): void => {
    host.send(stringify(message));
  };
  let requestId: string | null = null;
  const currentRequestId = (): string | null => requestId;

  const URL = makeUrlClass(makeUrlParser(host));
  const Request = makeRequestClass((text) => new URL(text).href);
  const timers = new Timers(send, currentRequestId);
  const fetcher = new Fetcher(send, currentRequestId, Request);
  const logs = new LogSink(send, currentRequestId);
  addSignalTimeout(timers);
  defineGlobals({
    ...WEB_CLASSES,
    Request,
    URL,
    atob,
    btoa,
    console: logs.makeConsole(),
    crypto: makeCrypto(new RandomPool(host.randomBase64)),
    fetch: async (input: unknown, init?: RequestInit) => fetcher.fetch(input, init),
    performance: { now: host.monotonicMs, timeOrigin: Date.now() - host.monotonicMs() },
    queueMicrotask: (callback: () => void) => {
      void queueMicrotask(callback);
    },
    setTimeout: timers.setTimeout.bind(timers),
    setInterval: timers.setInterval.bind(timers),
    clearTimeout: timers.clear.bind(timers),
    clearInterval: timers.clear.bind(timers),
    self: globalThis,
  });
  const runner = new HandlerRunner(config, Request, send, logs);

  return (text) => {
    const message: HostMessage = parse(text);
    logs.startTurn();
    try {
      switch (message.type) {
        case "start":
          send({ type: runner.start() ? "started" : "noHandler" });
          return;
        case "request":
          requestId = message.requestId;
          runner.run(message);
          return;
        case "timerFired":
          requestId = timers.ownerOf(message.timer);
          timers.fire(message.timer);
          return;
        case "fetchReply":
          requestId = fetcher.ownerOf(message.call);
          fetcher.settle(message.call, message.reply);
          return;
      }
    } catch (error) {
      logs.write("error", [`Uncaught ${describeError(error).stack}`]);
    }
  };
}

function makeUrlParser(host: HostFunctions): UrlParser {
  const { parse } = JSON;
  return {
    parse: (text, base) => {
      const json = host.parseUrl(text, base);
      const parts: UrlParts | null = json === "" ? null : parse(json);
      return parts;
    },
    assign: (href, part, value) => {
      const parts: UrlParts = parse(host.assignUrl(href, part, value));
      return parts;
    },
  };
}

/** Calls the script's handler and sends what comes of it. */
class HandlerRunner {
  readonly #config: SandboxConfig;
  readonly #Request: RequestClass;
  readonly #send: (message: SandboxMessage) => void;
  readonly #logs: LogSink;
  #handler: Handler | null = null;

  constructor(
    config: SandboxConfig,
    Request: RequestClass,
    send: (message: SandboxMessage) => void,
    logs: LogSink,
  ) {
    this.#config = config;
    this.#Request = Request;
    this.#send = send;
    this.#logs = logs;
  }

  /** Whether the loaded script has a handler. */
  start(): boolean {
    const exported: unknown = asRecord(Reflect.get(globalThis, "__showrunner_script"))?.["default"];
    const handler: unknown = asRecord(exported)?.["fetch"];
    if (typeof handler !== "function") return false;
    this.#handler = (request, env, ctx) => Reflect.apply(handler, exported, [request, env, ctx]);
    return true;
  }

  run({ id, requestId, request }: Extract<HostMessage, { type: "request" }>): void {
    const fail = (error: unknown): void => {
      this.#send({ type: "failure", id, error: describeError(error) });
    };
    const reply = (response: unknown): void => {
      if (!(response instanceof Response)) throw new TypeError("The handler returned no Response");
      const wire = responseToWire(response, this.#config.responseBytesMax);
      this.#send(wire === null ? { type: "tooLarge", id } : { type: "response", id, response: wire });
    };
    const ctx = {
      requestId,
      waitUntil: (work: unknown): void => {
        Promise.resolve(work).catch((error: unknown) => {
          this.#logs.write("error", [`waitUntil: ${describeError(error).stack}`]);
        });
      },
      passThroughOnException: (): void => {},
    };
    try {
      const env = { ...this.#config.env, secrets: { ...this.#config.env.secrets } };
      const result = this.#handler?.(requestFromWire(this.#Request, request), env, ctx);
      if (result instanceof Response) reply(result);
      else void Promise.resolve(result).then(reply).catch(fail);
    } catch (error) {
      fail(error);
    }
  }
}

async function queueMicrotask(callback: () => void): Promise<void> {
  await Promise.resolve();
  callback();
}

function describeError(error: unknown): WireError {
  try {
    if (error instanceof Error) {
      const { name, message, stack } = error;
      return { name: clip(name), message: clip(message), stack: clip(stack ?? `${name}: ${message}`) };
    }
    return { name: "Error", message: clip(error), stack: clip(error) };
  } catch {
    return { name: "Error", message: "an error that cannot be shown", stack: "" };
  }
}

function clip(value: unknown): string {
  return String(value).slice(0, 4000);
}

function defineGlobals(globals: Readonly<Record<string, unknown>>): void {
  for (const name of REMOVED_GLOBALS) Reflect.deleteProperty(globalThis, name);
  for (const [name, value] of Object.entries(globals)) {
    Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false });
  }
}

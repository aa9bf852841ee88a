import { asRecord } from "../as-record.ts";
import { AbortController, AbortSignal, addSignalTimeout } from "./abort.ts";
import { atob, btoa } from "./base64.ts";
import { LogSink } from "./console.ts";
import { makeCrypto, RandomPool } from "./crypto.ts";
import { DOMException, Event, EventTarget } from "./events.ts";
import { Fetcher } from "./fetch.ts";
import { Headers } from "./headers.ts";
import { Dispatcher, type Handler, type SandboxEntry } from "./dispatch.ts";
import type { SandboxConfig, WireError, WireFetchReply } from "./messages.ts";
import { Outbox } from "./outbox.ts";
import { makeRequestClass, requestFromWire, type RequestInit } from "./request.ts";
import { Response, responseToWire } from "./response.ts";
import { TextDecoder, TextEncoder } from "./text-encoding.ts";
import { Timers } from "./timers.ts";
import { URLSearchParams } from "./url-search-params.ts";
import { makeUrlClass, type UrlParser, type UrlParts } from "./url.ts";

/** What the host hands in; each is a plain function that carries strings only. */
interface HostFunctions {
  /** JSON of UrlParts, or an empty string. */
  readonly parseUrl: (text: string, base: string | null) => string;
  readonly assignUrl: (href: string, part: string, value: string) => string;
  readonly randomBase64: (byteCount: number) => string;
  /** Milliseconds with a fraction. */
  readonly monotonicMs: () => number;
}

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
 * Makes an empty isolate into a script's world, and returns the functions by which the host enters it.
 * Whatever the script does to the globals later, this keeps its own references.
 */
export function install(host: HostFunctions, configJson: string): SandboxEntry {
  const { parse } = JSON;
  const config: SandboxConfig = parse(configJson);
  const outbox = new Outbox();
  const { send } = outbox;
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
  return new Dispatcher({
    config,
    env: Object.freeze({ ...config.env, secrets: Object.freeze({ ...config.env.secrets }) }),
    outbox,
    world: {
      makeRequest: (wire) => requestFromWire(Request, wire),
      isResponse: (value) => value instanceof Response,
      responseToWire: (response, bytesMax) =>
        response instanceof Response ? responseToWire(response, bytesMax) : null,
    },
    enterScope: (id) => {
      requestId = id;
    },
    startTurn: () => {
      logs.startTurn();
    },
    fireTimer: (timer) => {
      requestId = timers.ownerOf(timer);
      timers.fire(timer);
    },
    settleFetch: (call, replyJson) => {
      requestId = fetcher.ownerOf(call);
      const reply: WireFetchReply = parse(replyJson);
      fetcher.settle(call, reply);
    },
    logError: (text) => {
      logs.write("error", [text]);
    },
    describeError,
    findHandler,
  });
}

/** What the loaded script exports as its handler. */
function findHandler(): Handler | null {
  const exported: unknown = asRecord(Reflect.get(globalThis, "__showrunner_script"))?.["default"];
  const handler: unknown = asRecord(exported)?.["fetch"];
  if (typeof handler !== "function") return null;
  const { apply } = Reflect;
  return (request, env, ctx) => apply(handler, exported, [request, env, ctx]);
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

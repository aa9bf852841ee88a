import { asRecord } from "../as-record.ts";
import { clip } from "./clip.ts";
import { makeDispatcher, type Handler, type SandboxEntry } from "./dispatch.ts";
import { defineGlobals } from "./globals.ts";
import { makeLazyParts, type CallHost } from "./lazy.ts";
import { LogSink } from "./log-sink.ts";
import type { SandboxConfig, WireError, WireFetchReply } from "./messages.ts";
import { Outbox } from "./outbox.ts";
import { makeRequestWorld } from "./request.ts";
import { makeResponseWorld } from "./response.ts";
import type { UrlParser, UrlParts } from "./url-parser.ts";
import { requireArguments } from "./webidl.ts";

const ERROR_LENGTH_MAX = 4000;

/** What the host hands in; each is a plain function that carries strings only. */
interface HostFunctions {
  /** JSON of UrlParts, or an empty string. */
  readonly parseUrl: (text: string, base: string | null) => string;
  readonly assignUrl: (href: string, part: string, value: string) => string;
  readonly callHost: CallHost;
  /** Milliseconds with a fraction. */
  readonly monotonicMs: () => number;
}

/**
 * Makes an empty isolate into a world for some script, and returns the functions by which the host enters it.
 * Whatever the script does to the globals later, this keeps its own references.
 */
export function install(host: HostFunctions): SandboxEntry {
  const { parse } = JSON;
  const outbox = new Outbox();
  const { send } = outbox;
  const scope: { requestId: string | null } = { requestId: null };
  const currentRequestId = (): string | null => scope.requestId;

  const logs = new LogSink(send, currentRequestId);
  const report = (error: unknown): void => {
    logs.write("error", `Uncaught ${describeError(error).stack}`);
  };
  const { round } = Math;
  // As coarse as browsers have it.
  const nowMs = (): number => round(host.monotonicMs() * 10) / 10;
  const lazy = makeLazyParts({
    callHost: host.callHost,
    urlParser: makeUrlParser(host),
    send,
    requestId: currentRequestId,
    nowMs,
    log: logs,
    report,
    worlds: () => ({ requests, responses }),
  });
  const requests = makeRequestWorld(lazy);
  const responses = makeResponseWorld(lazy);
  const { Request } = requests;
  const { Response } = responses;
  defineGlobals(lazy, { Request, Response }, makeSmallGlobals(nowMs, report));
  const dispatcher = makeDispatcher({
    outbox,
    world: {
      makeRequest: requests.fromHost,
      bytesFromBase64: (text) => lazy.use("text").base64ToBytes(text) ?? new Uint8Array(),
      isResponse: responses.isResponse,
      responseRecord: responses.toRecord,
      responseToWire: (response, bytesMax) =>
        responses.isResponse(response) ? responses.toWire(response, bytesMax) : null,
    },
    scope,
    logs,
    fireTimer: (timer) => {
      const timers = lazy.peek("timers");
      scope.requestId = timers?.ownerOf(timer) ?? null;
      timers?.fire(timer);
    },
    settleFetch: (call, replyJson) => {
      const calls = lazy.peek("calls");
      scope.requestId = calls?.ownerOf(call) ?? null;
      const reply: WireFetchReply = parse(replyJson);
      calls?.settle(call, reply);
    },
    describeError,
    findHandler,
  });
  return {
    ...dispatcher,
    configure: (configJson) => {
      const { env, responseBytesMax }: SandboxConfig = parse(configJson);
      const made = Object.freeze({
        ...env,
        secrets: Object.freeze({ ...env.secrets }),
        values: Object.freeze({ ...env.values }),
        get scripts(): object {
          return lazy.use("calls").scripts;
        },
      });
      dispatcher.configure(made, responseBytesMax);
    },
  };
}

/** What the loaded script exports as its handler. */
function findHandler(): Handler | null {
  const exported: unknown = asRecord(Reflect.get(globalThis, "__showrunner_script"))?.["default"];
  const handler: unknown = asRecord(exported)?.["fetch"];
  return typeof handler === "function" ? { call: handler as Handler["call"], on: exported } : null;
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

function makeSmallGlobals(
  nowMs: () => number,
  report: (error: unknown) => void,
): Readonly<Record<string, unknown>> {
  const runSoon = async (callback: () => unknown): Promise<void> => {
    await Promise.resolve();
    try {
      callback();
    } catch (error) {
      report(error);
    }
  };
  return {
    self: globalThis,
    navigator: Object.freeze({ userAgent: "Showrunner" }),
    performance: { now: nowMs, timeOrigin: Date.now() - nowMs() },
    queueMicrotask(callback: unknown): void {
      requireArguments(arguments.length, 1, "queueMicrotask");
      if (typeof callback !== "function") throw new TypeError("queueMicrotask: a function is needed");
      void runSoon(callback as () => unknown);
    },
    reportError(error: unknown): void {
      requireArguments(arguments.length, 1, "reportError");
      report(error);
    },
  };
}

function describeError(error: unknown): WireError {
  try {
    if (error instanceof Error) {
      const { name, message, stack } = error;
      return {
        name: clipped(name),
        message: clipped(message),
        stack: clipped(stack ?? `${name}: ${message}`),
      };
    }
    return { name: "Error", message: clipped(error), stack: clipped(error) };
  } catch {
    return { name: "Error", message: "an error that cannot be shown", stack: "" };
  }
}

function clipped(value: unknown): string {
  return clip(String(value), ERROR_LENGTH_MAX);
}

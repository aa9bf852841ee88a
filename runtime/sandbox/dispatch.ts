import type { BodyContent } from "./body.ts";
import type { LogSink } from "./log-sink.ts";
import type { FlatHeaders, HeaderPairs, WireResponse } from "./messages.ts";
import type { Outbox } from "./outbox.ts";

/** How the host enters a sandbox: it hands in a batch, and takes what has come of this and of earlier ones. */
export interface SandboxEntry {
  /** Says once, before anything else, whose sandbox it is: a SandboxConfig as JSON. */
  configure(configJson: string): void;
  /** Runs the records of the batch, after those that a turn which was cut off has left. Then as `take`. */
  dispatch(batch: string): string;
  /**
   * A line with the number of the request whose handler was cut off (0 for none) and the characters of the batch
   * that were not begun, a line of flags ("q" when no request is open and nothing is known to go on, "m" when more is
   * to be taken), then records: `R` responses, `J` other messages.
   */
  take(): string;
}

/** The web's classes as far as dispatching needs them. */
export interface MessageWorld {
  /** `body` is null for none. */
  makeRequest(method: string, url: string, headers: FlatHeaders, body: BodyContent | null): unknown;
  bytesFromBase64(text: string): Uint8Array;
  isResponse(value: unknown): boolean;
  /** A response's record without its number, or null where `responseToWire` has to see it. */
  responseRecord(value: unknown, bytesMax: number): string | null;
  /** Null when the body is longer than `bytesMax`. A promise only where the body is a stream. */
  responseToWire(response: unknown, bytesMax: number): WireResponse | null | Promise<WireResponse | null>;
}

export interface DispatchParts {
  readonly world: MessageWorld;
  readonly outbox: Outbox;
  /** Says whose log lines, timers and calls come next. */
  readonly scope: { requestId: string | null };
  readonly logs: LogSink;
  readonly fireTimer: (timer: number) => void;
  readonly settleFetch: (call: number, replyJson: string) => void;
  readonly describeError: (error: unknown) => { name: string; message: string; stack: string };
  /** The script's handler once it is loaded, or null when it exports none. */
  readonly findHandler: () => Handler | null;
}

/** A function of the script's, and what it is called on. */
export interface Handler {
  readonly call: (...parts: never[]) => unknown;
  readonly on: unknown;
}

export interface Dispatcher extends Omit<SandboxEntry, "configure"> {
  /** `env`: the second argument of every handler. Shared by all requests, so it is frozen. */
  configure(env: object, responseBytesMax: number): void;
}

interface Dispatch {
  readonly parts: DispatchParts;
  env: object | null;
  responseBytesMax: number;
  readonly makeContext: (requestId: string) => object;
  handler: Handler | null;
  /** What came in and was not begun starts at `at`. */
  batch: string;
  at: number;
  /** The request whose handler runs, or 0. */
  current: number;
  /** Requests that were begun and have no answer. */
  open: number;
  hasWorkBehind: boolean;
  /** Records that need no measuring. */
  said: string;
}

const { apply } = Reflect;

/**
 * Runs batches. Everything it needs of the language is taken before a script can replace it.
 *
 * A node has many isolates and runs each for a moment, so that its code comes from memory and not from a cache: what
 * counts on the way of a plain request is how few functions and objects it touches. That is why there are no classes
 * and hardly any small functions on it.
 */
export function makeDispatcher(parts: DispatchParts): Dispatcher {
  const state: Dispatch = {
    parts,
    env: null,
    responseBytesMax: 0,
    makeContext: contextMaker(async (work) => waitFor(state, work)),
    handler: null,
    batch: "",
    at: 0,
    current: 0,
    open: 0,
    hasWorkBehind: false,
    said: "",
  };
  return {
    configure: (env, responseBytesMax) => {
      state.env = env;
      state.responseBytesMax = responseBytesMax;
    },
    dispatch: (batch) => dispatch(state, batch),
    take: () => take(state),
  };
}

function dispatch(state: Dispatch, batch: string): string {
  state.batch = state.at >= state.batch.length ? batch : state.batch.slice(state.at) + batch;
  state.at = 0;
  state.current = 0;
  state.parts.logs.startTurn();
  while (state.at < state.batch.length) {
    const kind = state.batch[state.at];
    state.at += 1;
    if (kind === "Q") runRequest(state);
    else runOther(state, kind);
    state.current = 0;
  }
  return take(state);
}

function take(state: Dispatch): string {
  const { outbox } = state.parts;
  // A handler that was cut off gives no answer any more.
  if (state.current !== 0) state.open -= 1;
  const late = outbox.isEmpty ? "" : outbox.handOver();
  const isQuiet = state.open === 0 && !state.hasWorkBehind;
  const flags = outbox.isEmpty ? (isQuiet ? "q" : "") : "m";
  const text = `${state.current}\n${state.batch.length - state.at}\n${flags}\n${state.said}${late}`;
  state.hasWorkBehind = false;
  state.current = 0;
  state.said = "";
  return text;
}

function runRequest(state: Dispatch): void {
  const { parts, handler } = state;
  const { world } = parts;
  const id = Number(readLine(state));
  const requestId = readLine(state);
  const method = readLine(state);
  const url = readLine(state);
  const headersLength = Number(readLine(state));
  const bodyLine = readLine(state);
  const headers = state.batch.slice(state.at, state.at + headersLength);
  state.at += headersLength;
  const body = bodyLine === "n" ? null : readBody(state, bodyLine);
  state.current = id;
  state.open += 1;
  parts.scope.requestId = requestId;
  try {
    const request = world.makeRequest(method, url, headers, body);
    const result =
      handler === null
        ? null
        : apply(handler.call, handler.on, [request, state.env, state.makeContext(requestId)]);
    const record = world.responseRecord(result, state.responseBytesMax);
    if (record !== null) {
      state.said += `R${id}\n${record}`;
      state.open -= 1;
    } else if (world.isResponse(result)) reply(state, id, result);
    else void replyLater(state, id, result);
  } catch (error) {
    fail(state, id, error);
  }
}

/** Up to the next line feed, which is passed over. */
function readLine(state: Dispatch): string {
  const end = state.batch.indexOf("\n", state.at);
  const line = state.batch.slice(state.at, end);
  state.at = end + 1;
  return line;
}

/** `line` is the kind of body and its length. */
function readBody(state: Dispatch, line: string): BodyContent {
  const length = Number(line.slice(1));
  const text = state.batch.slice(state.at, state.at + length);
  state.at += length;
  return line[0] === "t" ? text : state.parts.world.bytesFromBase64(text);
}

function runOther(state: Dispatch, kind: string | undefined): void {
  const { parts } = state;
  try {
    switch (kind) {
      case "T":
        parts.fireTimer(Number(readLine(state)));
        return;
      case "F": {
        const call = Number(readLine(state));
        const length = Number(readLine(state));
        const json = state.batch.slice(state.at, state.at + length);
        state.at += length;
        parts.settleFetch(call, json);
        return;
      }
      case "S":
        state.handler = parts.findHandler();
        parts.outbox.send({ type: state.handler === null ? "noHandler" : "started" });
        return;
      default:
        // Never sent. Reading on from the middle of a record would run garbage.
        state.at = state.batch.length;
    }
  } catch (error) {
    parts.logs.write("error", `Uncaught ${parts.describeError(error).stack}`);
  }
}

async function replyLater(state: Dispatch, id: number, result: unknown): Promise<void> {
  try {
    const response = await result;
    if (!state.parts.world.isResponse(response)) throw new TypeError("The handler returned no Response");
    reply(state, id, response);
  } catch (error) {
    fail(state, id, error);
  }
}

function reply(state: Dispatch, id: number, response: unknown): void {
  const wire = state.parts.world.responseToWire(response, state.responseBytesMax);
  if (wire instanceof Promise) void sendLater(state, id, wire);
  else send(state, id, wire);
}

async function sendLater(state: Dispatch, id: number, promised: Promise<WireResponse | null>): Promise<void> {
  try {
    send(state, id, await promised);
  } catch (error) {
    fail(state, id, error);
  }
}

function send(state: Dispatch, id: number, wire: WireResponse | null): void {
  const { outbox } = state.parts;
  if (wire === null) outbox.send({ type: "tooLarge", id });
  else outbox.sendResponse(id, wire.status, flattenHeaders(wire.headers), wire.body);
  state.open -= 1;
}

function fail(state: Dispatch, id: number, error: unknown): void {
  state.open -= 1;
  state.parts.outbox.send({ type: "failure", id, error: state.parts.describeError(error) });
}

async function waitFor(state: Dispatch, work: unknown): Promise<void> {
  state.hasWorkBehind = true;
  try {
    await work;
  } catch (error) {
    state.parts.logs.write("error", `waitUntil: ${state.parts.describeError(error).stack}`);
  }
}

/** Makes the third arguments of handlers. */
function contextMaker(wait: (work: unknown) => Promise<void>): (requestId: string) => object {
  class HandlerContext {
    declare readonly requestId: string;

    constructor(requestId: string) {
      this.requestId = requestId;
    }

    waitUntil(work: unknown): void {
      void wait(work);
    }

    passThroughOnException(): void {}
  }
  return (requestId) => new HandlerContext(requestId);
}

function flattenHeaders(pairs: HeaderPairs): FlatHeaders {
  let flat = "";
  for (let at = 0; at < pairs.length; at += 1) {
    const pair = pairs[at];
    if (pair === undefined) continue;
    const [name, value] = pair;
    // The host checks all else; a line feed would make another header of the value's rest.
    if (name.includes("\n") || value.includes("\n")) throw new TypeError("A header holds a line feed");
    flat += `${name}\n${value}\n`;
  }
  return flat;
}

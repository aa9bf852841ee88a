import { FlatReader } from "./flat-text.ts";
import type {
  FlatHeaders,
  HeaderPairs,
  SandboxConfig,
  WireBody,
  WireRequest,
  WireResponse,
} from "./messages.ts";
import type { Outbox } from "./outbox.ts";

/** How the host enters a sandbox: it hands in a batch, and takes what has come of this and of earlier ones. */
export interface SandboxEntry {
  /** Runs the records of the batch, after those that a turn which was cut off has left. Then as `take`. */
  dispatch(batch: string): string;
  /**
   * A line with the number of the request whose handler was cut off (0 for none) and the characters of the batch
   * that were not begun, a line of flags ("q" when no request is open and nothing is known to go on, "m" when more is
   * to be taken), then records: `R` responses, `J` other messages.
   */
  take(): string;
}

/** The web's classes as far as dispatching needs them. On the hot path: they read headers and bodies late. */
export interface MessageWorld {
  makeRequest(wire: WireRequest): unknown;
  isResponse(value: unknown): boolean;
  /** Null when the body is longer than `bytesMax`. A promise only where the body is a stream. */
  responseToWire(response: unknown, bytesMax: number): WireResponse | null | Promise<WireResponse | null>;
}

export interface DispatchParts {
  readonly config: SandboxConfig;
  /** The second argument of every handler. Shared by all requests, so it is frozen. */
  readonly env: unknown;
  readonly world: MessageWorld;
  readonly outbox: Outbox;
  /** Says whose log lines, timers and calls come next. */
  readonly enterScope: (requestId: string | null) => void;
  readonly startTurn: () => void;
  readonly fireTimer: (timer: number) => void;
  readonly settleFetch: (call: number, replyJson: string) => void;
  readonly logError: (text: string) => void;
  readonly describeError: (error: unknown) => { name: string; message: string; stack: string };
  /** The script's handler once it is loaded, or null when it exports none. */
  readonly findHandler: () => Handler | null;
}

export type Handler = (request: unknown, env: unknown, ctx: unknown) => unknown;

/** Runs batches. Everything it needs of the language is taken before a script can replace it. */
export class Dispatcher implements SandboxEntry {
  readonly #parts: DispatchParts;
  #handler: Handler | null = null;
  #reader = new FlatReader("");
  #current = 0;
  /** Requests that were begun and have no answer. */
  #open = 0;
  #hasWorkBehind = false;

  constructor(parts: DispatchParts) {
    this.#parts = parts;
  }

  dispatch(batch: string): string {
    if (this.#reader.left === 0) this.#reader = new FlatReader(batch);
    else if (batch !== "") this.#reader = new FlatReader(this.#reader.run(this.#reader.left) + batch);
    this.#current = 0;
    this.#parts.startTurn();
    while (this.#reader.left > 0) this.#runRecord();
    return this.take();
  }

  take(): string {
    const records = this.#parts.outbox.handOver();
    const isQuiet = this.#open === 0 && !this.#hasWorkBehind;
    const flags = this.#parts.outbox.hasMore ? "m" : isQuiet ? "q" : "";
    this.#hasWorkBehind = false;
    const head = `${this.#current}\n${this.#reader.left}\n${flags}\n`;
    this.#current = 0;
    return head + records;
  }

  #runRecord(): void {
    const kind = this.#reader.run(1);
    try {
      switch (kind) {
        case "Q":
          this.#runRequest();
          break;
        case "T":
          this.#parts.fireTimer(this.#reader.count());
          break;
        case "F": {
          const call = this.#reader.count();
          this.#parts.settleFetch(call, this.#reader.run(this.#reader.count()));
          break;
        }
        case "S":
          this.#handler = this.#parts.findHandler();
          this.#parts.outbox.send({ type: this.#handler === null ? "noHandler" : "started" });
          break;
        default:
          // Never sent. Reading on from the middle of a record would run garbage.
          this.#reader = new FlatReader("");
      }
    } catch (error) {
      this.#parts.logError(`Uncaught ${this.#parts.describeError(error).stack}`);
    }
    this.#current = 0;
  }

  #runRequest(): void {
    const reader = this.#reader;
    const id = reader.count();
    const requestId = reader.line();
    const method = reader.line();
    const url = reader.line();
    const headersLength = reader.count();
    const bodyKind = reader.run(1);
    const bodyLength = reader.count();
    const headers = reader.run(headersLength);
    const body = readBody(bodyKind, reader.run(bodyLength));
    this.#current = id;
    this.#open += 1;
    this.#parts.enterScope(requestId);
    try {
      const request = this.#parts.world.makeRequest(new FlatRequest(method, url, headers, body));
      const result = this.#handler?.(request, this.#parts.env, new HandlerContext(requestId, this.#waitFor));
      if (this.#parts.world.isResponse(result)) this.#reply(id, result);
      else void this.#replyLater(id, result);
    } catch (error) {
      this.#fail(id, error);
    }
  }

  async #replyLater(id: number, result: unknown): Promise<void> {
    try {
      const response = await result;
      if (!this.#parts.world.isResponse(response)) throw new TypeError("The handler returned no Response");
      this.#reply(id, response);
    } catch (error) {
      this.#fail(id, error);
    }
  }

  #reply(id: number, response: unknown): void {
    const wire = this.#parts.world.responseToWire(response, this.#parts.config.responseBytesMax);
    if (wire instanceof Promise) void this.#sendLater(id, wire);
    else this.#send(id, wire);
  }

  async #sendLater(id: number, promised: Promise<WireResponse | null>): Promise<void> {
    try {
      this.#send(id, await promised);
    } catch (error) {
      this.#fail(id, error);
    }
  }

  #send(id: number, wire: WireResponse | null): void {
    if (wire === null) this.#parts.outbox.send({ type: "tooLarge", id });
    else this.#parts.outbox.sendResponse(id, wire.status, flattenHeaders(wire.headers), wire.body);
    this.#open -= 1;
  }

  #fail(id: number, error: unknown): void {
    this.#open -= 1;
    this.#parts.outbox.send({ type: "failure", id, error: this.#parts.describeError(error) });
  }

  readonly #waitFor = async (work: unknown): Promise<void> => {
    this.#hasWorkBehind = true;
    try {
      await work;
    } catch (error) {
      this.#parts.logError(`waitUntil: ${this.#parts.describeError(error).stack}`);
    }
  };
}

/** The third argument of a handler. */
class HandlerContext {
  readonly requestId: string;
  readonly #waitFor: (work: unknown) => Promise<void>;

  constructor(requestId: string, waitFor: (work: unknown) => Promise<void>) {
    this.requestId = requestId;
    this.#waitFor = waitFor;
  }

  waitUntil(work: unknown): void {
    void this.#waitFor(work);
  }

  passThroughOnException(): void {}
}

/** A request whose headers are taken apart when somebody looks at them. */
class FlatRequest implements WireRequest {
  readonly method: string;
  readonly url: string;
  readonly body: WireBody;
  readonly #headers: FlatHeaders;

  constructor(method: string, url: string, headers: FlatHeaders, body: WireBody) {
    this.method = method;
    this.url = url;
    this.body = body;
    this.#headers = headers;
  }

  get headers(): HeaderPairs {
    const reader = new FlatReader(this.#headers);
    const pairs: [string, string][] = [];
    while (reader.left > 0) pairs[pairs.length] = [reader.line(), reader.line()];
    return pairs;
  }
}

const NO_BODY: WireBody = { kind: "none" };

function readBody(kind: string, text: string): WireBody {
  if (kind === "t") return { kind: "text", text };
  return kind === "b" ? { kind: "base64", base64: text } : NO_BODY;
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

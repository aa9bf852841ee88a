import type { LazyParts } from "../lazy.ts";
import type { FetchTarget, WireFetchReply, WireRequest } from "../messages.ts";
import { requireArguments } from "../webidl.ts";

const CALLS_MAX = 64;

interface Call {
  readonly requestId: string | null;
  readonly settle: (reply: WireFetchReply) => void;
}

/** `fetch`, to the network and to other scripts. */
export function load(parts: LazyParts) {
  const fetcher = new Fetcher(parts);
  return {
    globals: { fetch: fetcher.makeGlobal() },
    scripts: fetcher.makeScripts(),
    ownerOf: (call: number): string | null => fetcher.ownerOf(call),
    settle: (call: number, reply: WireFetchReply): void => {
      fetcher.settle(call, reply);
    },
  };
}

/** `fetch` by messages to the host, which decides what may be called. */
class Fetcher {
  readonly #parts: LazyParts;
  readonly #calls = new Map<number, Call>();
  #last = 0;

  constructor(parts: LazyParts) {
    this.#parts = parts;
  }

  /** The web's fetch, to the network or to another script. */
  async fetch(target: FetchTarget, input: unknown, init: unknown): Promise<object> {
    const { requests, responses } = this.#parts.worlds();
    if (
      target.kind === "network" &&
      !requests.isRequest(input) &&
      !this.#parts.use("request-init").isAbsolute(input)
    )
      throw new TypeError("fetch failed: the address is not a whole URL");
    const request = new requests.Request(input, init);
    const signal = requests.signalOf(request);
    const events = signal === null ? null : this.#parts.use("events");
    const throwIfAborted = (): void => {
      const aborted = signal === null ? null : (events?.outcomeOf(signal) ?? null);
      if (aborted !== null) throw aborted.reason;
    };
    throwIfAborted();
    const sent = requests.toWire(request);
    const wire = sent instanceof Promise ? await sent : sent;
    throwIfAborted();
    if (wire === null) throw new TypeError("fetch failed: the body is over 8 MiB");
    if (this.#calls.size >= CALLS_MAX)
      throw new TypeError(`fetch failed: more than ${CALLS_MAX} calls at once`);
    const call = ++this.#last;
    const outcome = Promise.withResolvers<WireFetchReply>();
    this.#calls.set(call, { requestId: this.#parts.requestId(), settle: outcome.resolve });
    const forget =
      signal === null
        ? undefined
        : events?.onAbort(signal, () => {
            this.#calls.delete(call);
            outcome.reject(events.outcomeOf(signal)?.reason);
          });
    this.#send(call, wire, requests.redirectOf(request), target);
    const reply = await outcome.promise;
    forget?.();
    if (!reply.ok) throw new TypeError(`fetch failed: ${reply.message}`);
    return responses.fromWire(reply);
  }

  ownerOf(call: number): string | null {
    return this.#calls.get(call)?.requestId ?? null;
  }

  settle(call: number, reply: WireFetchReply): void {
    const waiting = this.#calls.get(call);
    this.#calls.delete(call);
    waiting?.settle(reply);
  }

  /** The global function, shaped as the web has it. */
  makeGlobal(): (input: unknown) => Promise<object> {
    const send = this.fetch.bind(this);
    const members = {
      async fetch(input: unknown, init: unknown = undefined): Promise<object> {
        requireArguments(arguments.length, 1, "fetch");
        return send({ kind: "network" }, input, init);
      },
    };
    return members.fetch;
  }

  /** `env.scripts`: an object with `fetch` for whatever name is asked for. */
  makeScripts(): object {
    const send = this.fetch.bind(this);
    return new Proxy(Object.freeze({}), {
      get: (_none, name) =>
        typeof name === "symbol" || name === "then"
          ? undefined
          : Object.freeze({
              fetch: async (input: unknown, init?: unknown) => send({ kind: "script", name }, input, init),
            }),
    });
  }

  #send(
    call: number,
    request: WireRequest,
    redirect: "follow" | "error" | "manual",
    target: FetchTarget,
  ): void {
    this.#parts.send({ type: "fetch", call, request, redirect, target });
  }
}

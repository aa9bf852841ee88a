import type { AbortSignal } from "./abort.ts";
import type { SandboxMessage, WireFetchReply } from "./messages.ts";
import { requestToWire, type RequestClass, type RequestInit } from "./request.ts";
import { responseFromWire, type Response } from "./response.ts";

const CALLS_MAX = 64;

interface Call {
  readonly requestId: string | null;
  readonly settle: (reply: WireFetchReply) => void;
}

/** `fetch` by messages to the host, which decides what may be called. */
export class Fetcher {
  readonly #send: (message: SandboxMessage) => void;
  readonly #requestId: () => string | null;
  readonly #Request: RequestClass;
  readonly #calls = new Map<number, Call>();
  #last = 0;

  constructor(
    send: (message: SandboxMessage) => void,
    requestId: () => string | null,
    Request: RequestClass,
  ) {
    this.#send = send;
    this.#requestId = requestId;
    this.#Request = Request;
  }

  async fetch(input: unknown, init?: RequestInit): Promise<Response> {
    const request = new this.#Request(input, init);
    const { signal } = request;
    signal.throwIfAborted();
    if (this.#calls.size >= CALLS_MAX)
      throw new TypeError(`fetch failed: more than ${CALLS_MAX} calls at once`);
    const wire = requestToWire(request);
    this.#last += 1;
    const call = this.#last;
    const reply = await new Promise<WireFetchReply>((resolve, reject) => {
      this.#calls.set(call, { requestId: this.#requestId(), settle: resolve });
      onAbort(signal, () => {
        this.#calls.delete(call);
        reject(signal.reason);
      });
      this.#send({ type: "fetch", call, request: wire, redirect: request.redirect });
    });
    if (!reply.ok) throw new TypeError(`fetch failed: ${reply.message}`);
    return responseFromWire(reply);
  }

  ownerOf(call: number): string | null {
    return this.#calls.get(call)?.requestId ?? null;
  }

  settle(call: number, reply: WireFetchReply): void {
    const waiting = this.#calls.get(call);
    this.#calls.delete(call);
    waiting?.settle(reply);
  }
}

function onAbort(signal: AbortSignal, act: () => void): void {
  signal.addEventListener("abort", act, { once: true });
}

import { Agent, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { Tally } from "./verdict.ts";

const CONNECTIONS = 12;
const THINK_MS_MAX = 12;
const ANSWER_WITHIN_MS = 10_000;
const UNANSWERED_KEPT_MAX = 100;
/** How long after a worker's end a broken answer may be its doing. */
const DEATH_SHADOW_MS = 3000;

/** One kind of request; the answer must be this text, and status 200. */
export interface Ask {
  readonly path: string;
  readonly method: "GET" | "POST";
  readonly body: string;
  readonly expected: (text: string) => boolean;
}

type Ending =
  | { readonly kind: "answered"; readonly status: number; readonly text: string }
  | { readonly kind: "broken"; readonly hasBegun: boolean; readonly reason: string };

export interface LoadDeps {
  readonly gatewayUrl: string;
  readonly random: () => number;
  readonly nextAsk: () => Ask;
  /** Milliseconds since a worker was last made to die. */
  readonly sinceDeathMs: () => number;
}

/** Clients that go on asking until they are stopped, and never ask again for what was not answered. */
export class Load {
  readonly #deps: LoadDeps;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  readonly #stop = new AbortController();
  readonly #errors: Record<string, number> = {};
  readonly #unanswered: string[] = [];
  readonly #clients: Promise<void>[];
  #requests = 0;
  #answered = 0;
  #cutOff = 0;

  constructor(deps: LoadDeps) {
    this.#deps = deps;
    this.#clients = Array.from({ length: CONNECTIONS }, async () => this.#askAndAsk());
  }

  tally(): Tally {
    const { length } = this.#unanswered;
    return {
      requests: this.#requests,
      answered: this.#answered,
      errors: { ...this.#errors },
      cutOff: this.#cutOff,
      unanswered: this.#unanswered.slice(0, Math.min(length, UNANSWERED_KEPT_MAX)),
    };
  }

  /** Settles when the last request has ended. */
  async end(): Promise<Tally> {
    this.#stop.abort();
    await Promise.all(this.#clients);
    this.#agent.destroy();
    return this.tally();
  }

  async #askAndAsk(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const ask = this.#deps.nextAsk();
      this.#requests += 1;
      this.#count(ask, await this.#send(ask));
      await sleep(this.#deps.random() * THINK_MS_MAX);
    }
  }

  #count(ask: Ask, ending: Ending): void {
    if (ending.kind === "broken") {
      const sinceDeathMs = this.#deps.sinceDeathMs();
      if (ending.hasBegun && sinceDeathMs < DEATH_SHADOW_MS) this.#cutOff += 1;
      else
        this.#unanswered.push(
          `${ask.method} ${ask.path}: ${ending.reason}, ${Math.round(sinceDeathMs)} ms after a worker's end`,
        );
    } else if (ending.status === 200 && ask.expected(ending.text)) this.#answered += 1;
    else {
      const code = /"code":"([a-z_]{1,40})"/.exec(ending.text.slice(0, 500))?.[1];
      const kind = ending.status === 200 ? "wrong answer" : (code ?? `status ${ending.status}`);
      this.#errors[kind] = (this.#errors[kind] ?? 0) + 1;
    }
  }

  async #send({ path, method, body }: Ask): Promise<Ending> {
    return new Promise((resolve) => {
      let hasBegun = false;
      const broken = (reason: string): void => {
        resolve({ kind: "broken", hasBegun, reason });
      };
      const asked = request(`${this.#deps.gatewayUrl}${path}`, { agent: this.#agent, method }, (response) => {
        hasBegun = true;
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () => {
          resolve({
            kind: "answered",
            status: response.statusCode ?? 0,
            text: Buffer.concat(chunks).toString(),
          });
        });
        response.on("error", (error) => broken(error.message));
      });
      asked.setTimeout(ANSWER_WITHIN_MS, () =>
        asked.destroy(new Error(`no answer within ${ANSWER_WITHIN_MS} ms`)),
      );
      asked.on("error", (error) =>
        broken(`${error.message}${asked.reusedSocket ? " on a kept connection" : ""}`),
      );
      asked.end(body);
    });
  }
}

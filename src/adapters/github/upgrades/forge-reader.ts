import { codeHostFailure, failedStatus } from "../code-host-failure.ts";
import type { ForgeClient, WaitingClock } from "./forge-client.ts";
import type { RunCache } from "./run-cache.ts";

export type RouteParameters = Readonly<Record<string, string | number>>;

/** GETs whose answers are boiled down at once; null stands for what is not there. */
export class ForgeReader {
  readonly #client: ForgeClient;
  readonly #cache: RunCache;
  readonly #clock: WaitingClock;

  constructor(client: ForgeClient, cache: RunCache, clock: WaitingClock) {
    this.#client = client;
    this.#cache = cache;
    this.#clock = clock;
  }

  /** For what never changes, or must not be older than now. */
  async once<T>(
    route: string,
    parameters: RouteParameters,
    read: (data: unknown) => T | null,
  ): Promise<T | null> {
    try {
      return read((await this.#client.octokit.request(`GET ${route}`, { ...parameters })).data);
    } catch (error) {
      if (isMissing(error)) return null;
      throw codeHostFailure(error, this.#clock.now());
    }
  }

  /** Sent again by the forge only where it changed since the cache saw it; `read` takes back what it gave. */
  async changing<T>(
    route: string,
    parameters: RouteParameters,
    read: (data: unknown) => T | null,
  ): Promise<T | null> {
    const key = `${route} ${JSON.stringify(parameters)}`;
    const known = this.#cache.answer(key);
    const held = known === null ? null : read(known.value);
    const headers = known !== null && held !== null ? { "if-none-match": known.etag } : {};
    try {
      const answer = await this.#client.octokit.request(`GET ${route}`, { ...parameters, headers });
      const value = read(answer.data);
      const { etag } = answer.headers;
      if (value !== null && etag !== undefined) this.#cache.keepAnswer(key, etag, value);
      return value;
    } catch (error) {
      if (failedStatus(error) === 304 && held !== null) {
        this.#client.counts.unchanged += 1;
        return held;
      }
      if (isMissing(error)) return null;
      throw codeHostFailure(error, this.#clock.now());
    }
  }
}

/** 409: an empty repository. 422: a name that cannot be one. 501: a forge that lacks the route. */
function isMissing(error: unknown): boolean {
  const status = failedStatus(error);
  return status === 404 || status === 409 || status === 410 || status === 422 || status === 501;
}

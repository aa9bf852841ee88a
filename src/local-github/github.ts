import type { KeyObject } from "node:crypto";
import type { Logger } from "pino";
import type { DeliveryQueue } from "./delivery-queue.ts";
import type { GitRepositories } from "./git/git-repositories.ts";
import type { Lock } from "./lock.ts";
import type { PullNumbers } from "./representations/pull.ts";
import type { Validator } from "./openapi/validator.ts";
import type { AppOptions } from "./options.ts";
import type { Store } from "./store.ts";
import type { Urls } from "./urls.ts";

/** Everything a handler works with; built once, in `server.ts`. */
export type Github = {
  readonly app: AppOptions;
  readonly appKey: KeyObject;
  readonly userTokens: ReadonlyMap<string, string>;
  readonly urls: Urls;
  readonly store: Store;
  readonly git: GitRepositories;
  /** One change of a repository's refs at a time, whether it came by REST or by push. */
  readonly lock: Lock;
  readonly deliveries: DeliveryQueue;
  /** What git tells of pull requests, by `<base>...<head>`; it never changes, but takes git a while. */
  readonly pullNumbers: Map<string, PullNumbers>;
  /** When requests that write came by REST (epoch milliseconds), the latest 10,000. */
  readonly writesMs: number[];
  /** undefined: answers and webhooks are not checked. */
  readonly validator: Validator | undefined;
  readonly log: Logger;
  readonly now: () => number;
};

import type { Logger } from "pino";
import type { NotifySecrets } from "#adapters/notify/notify-secrets.ts";
import { sendNotice } from "#adapters/notify/send-notice.ts";
import { type NoticeRecord, claimNotices, recordAttempt } from "#adapters/store/notices.ts";
import type { Store } from "#adapters/store/open-store.ts";
import { type SendOutcome, afterAttempt } from "#domain/notify/after-attempt.ts";
import { noticeMessage } from "#domain/notify/notice-message.ts";
import type { NotifyEndpoint } from "#domain/notify/notify-endpoint.ts";
import type { Clock } from "#domain/ports.ts";

const atOnce = 8;
/** Longer than a try may take, milliseconds. */
const leaseMs = 30_000;
const lookEveryMs = 2_000;

export interface NotifierOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly secrets: NotifySecrets;
  /** The endpoints of fleet.yaml as it is now. */
  readonly endpoints: () => Promise<readonly NotifyEndpoint[]>;
  /** A URI that names this fleet. */
  readonly source: string;
  /** "host:port" that may be reached though it is not public, or not by https. */
  readonly allowed: ReadonlySet<string>;
}

/** Sends what is due until it is stopped: at least once each, with the same id. */
export class Notifier {
  readonly #options: NotifierOptions;
  #timer: NodeJS.Timeout | undefined;
  #pass: Promise<void> | null = null;
  #unsubscribe: () => void = () => undefined;

  constructor(options: NotifierOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = setInterval(() => this.#look(), lookEveryMs);
    this.#unsubscribe = this.#options.store.onChange(({ kind }) => {
      if (kind !== "region") this.#look();
    });
    this.#look();
  }

  /** Waits for the tries under way. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#unsubscribe();
    await this.#pass;
  }

  #look(): void {
    this.#pass ??= this.#sendDue()
      .catch((error: unknown) =>
        this.#options.logger.warn({ err: error }, "cannot send notices; trying again"),
      )
      .finally(() => {
        this.#pass = null;
      });
  }

  async #sendDue(): Promise<void> {
    const { store, clock } = this.#options;
    for (;;) {
      const claimed = await claimNotices(store.db, { limit: atOnce, leaseMs, nowMs: clock.now() });
      if (claimed.length === 0) return;
      const endpoints = new Map(
        (await this.#options.endpoints()).map((endpoint) => [endpoint.name, endpoint]),
      );
      await Promise.all(claimed.map((record) => this.#send(record, endpoints.get(record.endpoint))));
    }
  }

  async #send(record: NoticeRecord, endpoint: NotifyEndpoint | undefined): Promise<void> {
    const { store, clock, logger } = this.#options;
    const outcome: SendOutcome = endpoint
      ? await this.#trySending(record, endpoint)
      : { kind: "refused", reason: "fleet.yaml does not name the endpoint any more" };
    const after = afterAttempt(outcome, record.attempts, Math.random());
    if (after.kind === "dead")
      logger.warn(
        { notice: record.id, endpoint: record.endpoint, reason: after.reason },
        "a notice was given up; `showrunner notices` lists it",
      );
    await recordAttempt(store.db, record, after, clock.now());
  }

  async #trySending({ id, notice }: NoticeRecord, endpoint: NotifyEndpoint): Promise<SendOutcome> {
    const { secrets, source, allowed, clock } = this.#options;
    const url = endpoint.urlSecret === null ? endpoint.url : await secrets(endpoint.urlSecret);
    if (url === null) return missing(endpoint.urlSecret);
    const { signingSecret: name } = endpoint;
    const signingSecret = name === null ? null : await secrets(name);
    if (name !== null && signingSecret === null) return missing(name);
    const message = noticeMessage(notice, endpoint.format, source);
    return sendNotice({ url, signingSecret, id, message, nowMs: clock.now(), allowed });
  }
}

/** Whoever runs the control plane may still put it there. */
function missing(name: string | null): SendOutcome {
  return { kind: "failed", reason: `the control plane has no secret ${name}`, retryAfterMs: null };
}

import { createHmac, randomUUID } from "node:crypto";
import type { Logger } from "pino";
import type { AppOptions } from "./options.ts";
import type { Delivery, DeliveryOutcome } from "./records.ts";
import type { Store } from "./store.ts";
import { timestamp } from "./time.ts";

/** Deliveries that are kept for `GET /app/hook/deliveries`, and that may wait at once. */
const KEPT_MAX = 1000;
const WAITING_MAX = 5000;
const TIMEOUT_MS = 10_000;
const ANSWER_CHARACTERS_MAX = 4096;

type NewDelivery = Pick<Delivery, "event" | "action" | "installationId" | "repositoryId">;

type Context = { app: AppOptions; store: Store; log: Logger; now: () => number };

/**
 * Sends webhooks to the app one after another, in order. Like GitHub's, a delivery that fails is recorded and
 * not tried again unless someone asks. What waits is kept on disk and is sent after a restart.
 */
export class DeliveryQueue {
  readonly #context: Context;
  readonly #waiting: number[] = [];
  readonly #stop = new AbortController();
  #working: Promise<void> | undefined;
  #kept: number[];

  constructor(context: Context) {
    this.#context = context;
    const known = context.store.deliveries.list(0);
    this.#kept = known.map((delivery) => delivery.id);
    this.#waiting.push(...known.filter((it) => it.outcome.kind === "pending").map((it) => it.id));
  }

  /** Starts sending what waited when the process last ended. */
  start(): void {
    this.#work();
  }

  add(delivery: NewDelivery, payload: string): void {
    const guid = randomUUID();
    this.#context.store.deliveryPayloads.add({ guid, payload });
    this.#enqueue({ ...delivery, guid, redelivery: false });
  }

  payload({ guid }: Delivery): string {
    return this.#context.store.deliveryPayloads.find(0, guid)?.payload ?? "{}";
  }

  /** Sends the same payload again under the same GUID, as a delivery of its own. */
  redeliver(delivery: Delivery): void {
    this.#enqueue({ ...delivery, redelivery: true });
  }

  /** Settles once nothing waits. */
  async drained(): Promise<void> {
    while (this.#working !== undefined) await this.#working;
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#working;
  }

  headers(delivery: Delivery): Record<string, string> {
    const { app } = this.#context;
    const signature = createHmac("sha256", app.webhookSecret).update(this.payload(delivery)).digest("hex");
    return {
      accept: "*/*",
      "content-type": "application/json",
      "user-agent": "GitHub-Hookshot/local",
      "x-github-delivery": delivery.guid,
      "x-github-event": delivery.event,
      "x-github-hook-id": String(app.appId),
      "x-github-hook-installation-target-id": String(app.appId),
      "x-github-hook-installation-target-type": "integration",
      "x-hub-signature-256": `sha256=${signature}`,
    };
  }

  #enqueue(fields: NewDelivery & Pick<Delivery, "guid" | "redelivery">): void {
    const { store, now, log } = this.#context;
    const { guid, event, action, installationId, repositoryId, redelivery } = fields;
    const full = this.#waiting.length >= WAITING_MAX;
    const createdAt = new Date(now()).toISOString();
    const outcome: DeliveryOutcome = full
      ? { kind: "failed", at: createdAt, durationMs: 0, reason: "too many deliveries are waiting" }
      : { kind: "pending" };
    const { id } = store.deliveries.add({
      guid,
      event,
      action,
      installationId,
      repositoryId,
      redelivery,
      createdAt,
      outcome,
    });
    this.#kept.push(id);
    this.#forgetOld();
    if (full) log.warn({ guid, event }, "webhook dropped: too many deliveries are waiting");
    else this.#waiting.push(id);
    this.#work();
  }

  #forgetOld(): void {
    const { store } = this.#context;
    while (this.#kept.length > KEPT_MAX + this.#waiting.length) {
      const oldest = store.deliveries.get(this.#kept.shift() ?? 0);
      if (oldest === undefined) continue;
      store.deliveries.delete(oldest.id);
      const payload = store.deliveryPayloads.find(0, oldest.guid);
      const last = store.deliveries.count(0, oldest.guid) === 0;
      if (last && payload !== undefined) store.deliveryPayloads.delete(payload.id);
    }
  }

  #work(): void {
    this.#working ??= this.#sendAll().finally(() => {
      this.#working = undefined;
      if (this.#waiting.length > 0 && !this.#stop.signal.aborted) this.#work();
    });
  }

  async #sendAll(): Promise<void> {
    // Lets the request that caused the event be answered first.
    await new Promise((resolve) => setImmediate(resolve));
    for (let id = this.#waiting[0]; id !== undefined && !this.#stop.signal.aborted; id = this.#waiting[0]) {
      await this.#sendOne(id).catch((error: unknown) =>
        this.#context.log.error({ err: error }, "webhook lost"),
      );
      // Cut off by the stop: stays pending, and is sent after the next start.
      if (this.#stop.signal.aborted) return;
      this.#waiting.shift();
    }
  }

  async #sendOne(id: number): Promise<void> {
    const { deliveries } = this.#context.store;
    const delivery = deliveries.get(id);
    if (delivery === undefined) return;
    const outcome = await this.#send(delivery);
    if (!this.#stop.signal.aborted) deliveries.put({ ...delivery, outcome });
  }

  async #send(delivery: Delivery): Promise<DeliveryOutcome> {
    const { app, now, log } = this.#context;
    const startMs = now();
    const end = () => ({ at: timestamp(now()), durationMs: now() - startMs });
    try {
      const answer = await fetch(app.webhookUrl, {
        method: "POST",
        headers: this.headers(delivery),
        body: this.payload(delivery),
        redirect: "manual",
        signal: AbortSignal.any([this.#stop.signal, AbortSignal.timeout(TIMEOUT_MS)]),
      });
      const body = await readStart(answer);
      const headers = Object.fromEntries(answer.headers);
      return { kind: "answered", ...end(), statusCode: answer.status, headers, body };
    } catch (error) {
      const reason =
        error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
      log.debug({ guid: delivery.guid, event: delivery.event, reason }, "webhook not delivered");
      return { kind: "failed", ...end(), reason };
    }
  }
}

/** The first 4,096 characters of an answer; the rest is not read. */
async function readStart(answer: Response): Promise<string> {
  if (answer.body === null) return "";
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of answer.body) {
    const bytes: unknown = chunk;
    if (bytes instanceof Uint8Array) text += decoder.decode(bytes, { stream: true });
    if (text.length >= ANSWER_CHARACTERS_MAX) break;
  }
  return text.slice(0, ANSWER_CHARACTERS_MAX);
}

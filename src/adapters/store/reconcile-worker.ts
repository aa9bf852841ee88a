import { AsyncLocalStorage } from "node:async_hooks";
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Kysely } from "kysely";
import type { Logger } from "pino";
import { assertNever } from "#domain/assert-never.ts";
import { formatReconcileKey, parseReconcileKey } from "#domain/reconcile/reconcile-key.ts";
import { boundedDelayMs } from "./bounded-delay.ts";
import { errorText } from "./connection.ts";
import type { Database } from "./database.ts";
import type { Notifications } from "./notifications.ts";
import {
  claimDueKeys,
  failClaim,
  finishClaim,
  nextDueMs,
  releaseClaims,
  renewClaims,
  requeueClaim,
  type Claim,
} from "./reconcile-claims.ts";
import type { Outcome, ReconcileHandler } from "./reconcile-handler.ts";
import { delayAfterFailureMs } from "./retry-delay.ts";

/** How often to look at the latest, for a notification that got lost. */
const pollMs = 2_000;
/** How long an aborted run gets to notice. */
const abortGraceMs = 1_000;
const unknownKeyDelayMs = 60_000;
/** With so many runs waiting aside no more is begun, only what has begun is gone on with: they will all want a place. */
const asideMax = 16;

interface Parts {
  readonly db: Kysely<Database>;
  readonly notifications: Notifications;
  readonly logger: Logger;
  readonly handler: ReconcileHandler;
  readonly concurrency: number;
  readonly leaseMs: number;
  readonly claimedBy: string;
}

/** What a run waits for without its place. */
interface Waiting {
  count: number;
}

interface Run {
  readonly claim: Claim;
  readonly abort: AbortController;
  readonly waiting: Waiting;
  readonly ended: Promise<void>;
}

/** Claims due keys while it has room, runs the handler on each, shows life meanwhile, and records how each run ended. */
export class ReconcileWorker {
  readonly #parts: Parts;
  readonly #runs = new Map<string, Run>();
  #state: "new" | "working" | "stopped" = "new";
  #unsubscribe: () => void = () => undefined;
  #timer: NodeJS.Timeout | undefined;
  #heartbeat: NodeJS.Timeout | undefined;
  #renewedAtMs = 0;
  readonly #waitingOfRun = new AsyncLocalStorage<Waiting>();
  /** The pass under way, and whether another is wanted after it. */
  #pass: Promise<void> | null = null;
  #passAgain = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  start(): void {
    this.#state = "working";
    this.#unsubscribe = this.#parts.notifications.subscribe("showrunner_wake", () => this.#look());
    this.#heartbeat = setInterval(() => void this.#renew(), this.#parts.leaseMs / 4);
    this.#look();
  }

  async stop(timeoutMs: number): Promise<void> {
    if (this.#state !== "working") return;
    this.#state = "stopped";
    this.#unsubscribe();
    clearTimeout(this.#timer);
    await this.#pass;
    await this.#runsEnded(timeoutMs);
    for (const { abort } of this.#runs.values()) abort.abort(new Error("shutting down"));
    await this.#runsEnded(abortGraceMs);
    // A run that ignored the signal may still act, so its key stays claimed until the lease ends.
    clearInterval(this.#heartbeat);
  }

  async aside<T>(wait: () => Promise<T>): Promise<T> {
    const waiting = this.#waitingOfRun.getStore();
    if (!waiting) return wait();
    waiting.count += 1;
    this.#look();
    try {
      return await wait();
    } finally {
      waiting.count -= 1;
      this.#look();
    }
  }

  #countAside(): number {
    return [...this.#runs.values()].filter(({ waiting }) => waiting.count > 0).length;
  }

  async #runsEnded(timeoutMs: number): Promise<void> {
    const timeout = new AbortController();
    const all = Promise.all([...this.#runs.values()].map(({ ended }) => ended));
    await Promise.race([all, sleep(timeoutMs, undefined, { signal: timeout.signal }).catch(() => undefined)]);
    timeout.abort();
  }

  /** Starts a pass, or asks for one more after the one under way. */
  #look(): void {
    if (this.#state !== "working") return;
    this.#passAgain = true;
    this.#pass ??= this.#passes().finally(() => {
      this.#pass = null;
    });
  }

  async #passes(): Promise<void> {
    while (this.#passAgain && this.#state === "working") {
      this.#passAgain = false;
      try {
        await this.#claimAndRun();
      } catch (error) {
        this.#parts.logger.warn({ err: error }, "cannot read the reconcile queue; trying again");
        this.#lookAfter(pollMs);
      }
    }
  }

  async #claimAndRun(): Promise<void> {
    const { db, concurrency, leaseMs, claimedBy } = this.#parts;
    const aside = this.#countAside();
    const room = concurrency - (this.#runs.size - aside);
    const begunOnly = aside >= asideMax;
    // The end of a run looks again.
    if (room <= 0) return;
    const claims = await claimDueKeys(db, {
      claim: randomUUID(),
      claimedBy,
      limit: room,
      leaseMs,
      except: [...this.#runs.keys()],
      begunOnly,
    });
    if (this.#state !== "working") return releaseClaims(db, claims);
    for (const claim of claims) this.#run(claim);
    if (claims.length < room) this.#lookAfter((await nextDueMs(db, { leaseMs, begunOnly })) ?? pollMs);
  }

  #lookAfter(delayMs: number): void {
    clearTimeout(this.#timer);
    if (this.#state !== "working") return;
    // A millisecond more, because timers may fire a little early and the look would find nothing.
    const boundedMs = Math.min(Math.max(0, delayMs) + 1, pollMs);
    this.#timer = setTimeout(() => this.#look(), boundedMs);
  }

  #run(claim: Claim): void {
    if (this.#runs.size === 0) this.#renewedAtMs = performance.now();
    const abort = new AbortController();
    const waiting: Waiting = { count: 0 };
    const run = this.#waitingOfRun.run(waiting, () => this.#runAndRecord(claim, abort.signal));
    const ended = run.finally(() => {
      this.#runs.delete(claim.key);
      this.#look();
    });
    this.#runs.set(claim.key, { claim, abort, waiting, ended });
  }

  async #runAndRecord(claim: Claim, signal: AbortSignal): Promise<void> {
    const { db, logger } = this.#parts;
    try {
      const ending = await this.#handle(claim, signal);
      await record(db, claim, ending);
    } catch (error) {
      // The claim lapses and the key runs again: at least once is what the queue promises.
      logger.warn({ err: error, key: claim.key }, "cannot record how a run ended");
    }
  }

  /** Never throws: a failure is an ending too. */
  async #handle({ key: text, attempts }: Claim, signal: AbortSignal): Promise<Ending> {
    const { handler, logger } = this.#parts;
    const target = parseReconcileKey(text);
    if (!target) {
      // Perhaps a newer version wrote it and this one runs after a rollback: keep it for the newer one.
      logger.warn({ key: text }, "cannot reconcile a key of an unknown kind");
      return { kind: "requeue", afterMs: unknownKeyDelayMs };
    }
    try {
      const outcome = await handler(formatReconcileKey(target), signal);
      if (outcome.kind === "terminal")
        logger.error({ key: text, reason: outcome.message }, "reconcile gave up");
      return outcome;
    } catch (error) {
      if (signal.aborted) return { kind: "released" };
      const afterMs = delayAfterFailureMs(error, {
        failures: attempts + 1,
        random: Math.random(),
        nowMs: Date.now(),
      });
      logger.warn(
        { err: error, key: text, attempts: attempts + 1, afterMs },
        "reconcile failed; trying again",
      );
      return { kind: "failed", afterMs, message: errorText(error) };
    }
  }

  /** Shows life for all runs; those whose claim was lost, or may be because the database was away, are aborted. */
  async #renew(): Promise<void> {
    const { db, leaseMs, logger } = this.#parts;
    if (this.#runs.size === 0) return;
    const renewed = [...this.#runs.values()];
    const startedAtMs = performance.now();
    try {
      const ours = await renewClaims(
        db,
        renewed.map(({ claim }) => claim),
      );
      this.#renewedAtMs = startedAtMs;
      for (const { claim, abort } of renewed) {
        if (!ours.has(claim.key)) abort.abort(new Error("another worker took the key over"));
      }
    } catch (error) {
      logger.warn({ err: error }, "cannot renew the claims on reconcile keys");
      if (performance.now() - this.#renewedAtMs < leaseMs) return;
      for (const { abort } of renewed) abort.abort(new Error("the claim lapsed"));
    }
  }
}

type Ending =
  | Outcome
  | { readonly kind: "failed"; readonly afterMs: number; readonly message: string }
  | { readonly kind: "released" };

function record(db: Kysely<Database>, claim: Claim, ending: Ending): Promise<void> {
  switch (ending.kind) {
    case "done":
    case "terminal":
      return finishClaim(db, claim);
    case "requeue":
      return requeueClaim(db, claim, boundedDelayMs(ending.afterMs));
    case "failed":
      return failClaim(db, claim, ending.afterMs, ending.message);
    case "released":
      return releaseClaims(db, [claim]);
    default:
      return assertNever(ending);
  }
}

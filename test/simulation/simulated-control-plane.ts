import {
  claimInMemory,
  endInMemory,
  nextDueInMemory,
  releaseInMemory,
  wakeInMemory,
} from "./memory-queue.ts";
import { type MemoryClaim, type MemoryEnding } from "./memory-queue.ts";
import { delayAfterFailureMs } from "#adapters/store/retry-delay.ts";
import { createReconciler } from "#app/reconciler/reconcile.ts";
import { sweepRepositories, sweepRollouts } from "#app/reconciler/sweep.ts";
import type { ReconcilerContext } from "#app/reconciler/context.ts";
import { performOperation } from "#app/operations/perform-operation.ts";
import { parseTargetText } from "#domain/operations/operation-target.ts";
import type { Operation } from "#domain/operations/operation.ts";
import type { CommandKind } from "./people.ts";
import type { Operate } from "./people-at-work.ts";
import type { ReconcileKey } from "#domain/reconcile/reconcile-key.ts";
import { CodeHostError } from "#domain/ports.ts";
import { type Composition, composeContext } from "./compose-context.ts";
import type { Fault } from "./faults.ts";
import { MemoryDatabase } from "./memory-database.ts";
import { ProcessCalls, SimulatedFailure } from "./process-calls.ts";
import { Random } from "./random.ts";
import type { World } from "./world.ts";

const keysAtOnce = 8;
const leaseMs = 10_000;
const pollMs = 2_000;
const minuteMs = 60_000;

/** One life of the control plane's process: the product's controllers, and a worker that runs their keys. */
class Life {
  readonly calls: ProcessCalls;
  readonly clockOffsetMs: number;
  readonly #world: World;
  readonly #random: Random;
  readonly #context: ReconcilerContext;
  readonly #statement: Composition["statement"];
  readonly #handle: ReturnType<typeof createReconciler>;
  readonly #runs = new Set<ReconcileKey>();
  #lookAtMs = Infinity;

  constructor(world: World, clockOffsetMs: number, life: number, compose: typeof composeContext) {
    this.#world = world;
    this.clockOffsetMs = clockOffsetMs;
    this.#random = new Random(world.seed, `life ${life}`);
    this.calls = new ProcessCalls(world.time, this.#random, () => this.#leaveClaims());
    const composition = compose(world, this.calls, this.#random, {
      clockOffsetMs,
      wake: (keys, afterMs) => this.wake(keys, afterMs),
    });
    this.#context = composition.context;
    this.#statement = composition.statement;
    this.#handle = createReconciler(this.#context);
  }

  get nowMs(): number {
    return this.#world.time.nowMs + this.clockOffsetMs;
  }

  get isAnswering(): boolean {
    const { time, faults } = this.#world;
    return this.calls.isAlive && time.nowMs >= this.calls.frozenUntilMs && !faults.has("storeDown");
  }

  start(): void {
    releaseInMemory(this.#world.database, this.#world.time.nowMs);
    this.wake(["discovery"], 0);
    this.#everyMinute(1);
  }

  wake(keys: readonly ReconcileKey[], afterMs: number): void {
    wakeInMemory(this.#world.database, keys, afterMs, this.#world.time.nowMs);
    this.#lookAfter(afterMs);
  }

  async operate(kind: CommandKind, target: string, forMs: number | null): ReturnType<Operate> {
    const parsed = parseTargetText(target);
    if (!parsed) throw new Error(`${target} is no target`);
    const operation: Operation = {
      kind,
      target: parsed,
      reason: "so it was asked",
      by: "@maya",
      askedAtMs: this.nowMs,
      untilMs: forMs === null ? null : this.nowMs + forMs,
      toCommit: null,
      confirmed: null,
    };
    try {
      const done = await performOperation(this.#context, operation, { cause: "api", dryRun: false });
      return done.kind === "done" ? "done" : "refused";
    } catch (error) {
      this.#explain(`command ${kind} ${target}`, error);
      return "failed";
    }
  }

  /** A failure that nothing was meant to cause is a bug. */
  #explain(key: string, error: unknown): void {
    const isMeant = error instanceof SimulatedFailure || error instanceof CodeHostError;
    if (!isMeant) this.#world.watch.bug(key, error);
  }

  #everyMinute(minute: number): void {
    this.#world.time.goOnAfter(minuteMs, () => {
      if (!this.calls.isAlive) return;
      void sweepRollouts(this.#context).catch(() => undefined);
      if (minute % 10 === 0) void sweepRepositories(this.#context, 0).catch(() => undefined);
      this.#everyMinute(minute + 1);
    });
  }

  #lookAfter(delayMs: number): void {
    const atMs = this.#world.time.nowMs + Math.min(Math.max(0, delayMs), pollMs);
    if (atMs >= this.#lookAtMs) return;
    this.#lookAtMs = atMs;
    this.#world.time.goOnAfter(atMs - this.#world.time.nowMs, () => {
      if (this.#lookAtMs === atMs) this.#lookAtMs = Infinity;
      if (this.calls.isAlive) this.#look();
    });
  }

  #look(): void {
    const { database, time, faults } = this.#world;
    if (time.nowMs < this.calls.frozenUntilMs) {
      this.#lookAfter(this.calls.frozenUntilMs - time.nowMs);
      return;
    }
    const room = keysAtOnce - this.#runs.size;
    if (room <= 0) return;
    if (!faults.has("storeDown")) {
      const request = { limit: room, nowMs: time.nowMs, leaseMs, except: this.#runs };
      for (const claim of claimInMemory(database, request)) void this.#run(claim, database);
    }
    const nextMs = nextDueInMemory(database, leaseMs);
    if (nextMs !== null) this.#lookAfter(Math.max(1, nextMs - time.nowMs));
  }

  async #run(claim: MemoryClaim, database: MemoryDatabase): Promise<void> {
    const { key } = claim;
    const { watch, time } = this.#world;
    this.#runs.add(key);
    watch.runStarted(key);
    const ending = await this.#ending(claim);
    const told =
      ending.kind === "requeue" || ending.kind === "failed"
        ? `${ending.kind} ${ending.afterMs}`
        : ending.kind;
    watch.runEnded(key, told);
    await this.#statement("end run", "write", () => endInMemory(database, claim, ending, time.nowMs)).catch(
      // The claim lapses, and the key runs again.
      () => undefined,
    );
    this.#runs.delete(key);
    this.#lookAfter(0);
  }

  async #ending({ key, attempts }: MemoryClaim): Promise<MemoryEnding> {
    try {
      return await this.#handle(key, new AbortController().signal);
    } catch (error) {
      this.#explain(key, error);
      const message = error instanceof Error ? error.message : String(error);
      this.#world.watch.trace("worker", `${key} fails: ${message}`);
      const run = { failures: attempts + 1, random: this.#random.next(), nowMs: this.nowMs };
      return { kind: "failed", afterMs: delayAfterFailureMs(error, run) };
    }
  }

  /** A process that dies showed life until now: others take its keys when the lease has passed. */
  #leaveClaims(): void {
    const { database, time } = this.#world;
    for (const key of this.#runs) {
      const entry = database.queue.get(key);
      if (entry && entry.claim !== null) entry.claimedAtMs = time.nowMs;
    }
  }
}

/** The control plane over its lives: started, killed and started again. */
export class SimulatedControlPlane {
  readonly #world: World;
  readonly #compose: typeof composeContext;
  #life: Life | null = null;
  #lives = 0;
  #clockOffsetMs = 0;
  /** Whether a crash is on its way: there is one process, which dies once. */
  #isDying = false;

  constructor(world: World, compose: typeof composeContext) {
    this.#world = world;
    this.#compose = compose;
  }

  start(clockStepMs = 0): void {
    this.#lives += 1;
    this.#isDying = false;
    this.#clockOffsetMs += clockStepMs;
    this.#life = new Life(this.#world, this.#clockOffsetMs, this.#lives, this.#compose);
    this.#world.watch.controlPlane("up", this.#clockOffsetMs);
    this.#life.start();
  }

  /** null while it does not answer. */
  get answering(): Life | null {
    return this.#life?.isAnswering ? this.#life : null;
  }

  get isAlive(): boolean {
    return this.#life?.calls.isAlive ?? false;
  }

  /** Kills the process at one of its next calls, or now where it makes none in time, and starts another one later. */
  crash(fault: Fault): void {
    const life = this.#life;
    if (!life?.calls.isAlive || this.#isDying) return;
    this.#isDying = true;
    const { time, faults, watch } = this.#world;
    life.calls.crashAfter(fault.count, fault.chance < 0.5 ? "before" : "after");
    const noticeMs = 250;
    const restart = () => {
      if (life.calls.isAlive) {
        time.after(noticeMs, restart);
        return;
      }
      faults.note(fault.kind);
      watch.controlPlane("down");
      watch.trace("control plane", `is down (${fault.kind})`);
      time.after(fault.forMs, () => {
        if (fault.kind === "databaseLost")
          this.#world.database = new MemoryDatabase(time.nowMs + this.#clockOffsetMs);
        const offsetMs = Math.round((fault.chance - 0.5) * 14_400_000);
        this.start(fault.kind === "clockStep" ? offsetMs - this.#clockOffsetMs : 0);
        watch.trace("control plane", `starts, its clock ${this.#clockOffsetMs} ms off`);
      });
    };
    time.after(noticeMs, restart);
    time.after(5_000, () => life.calls.die());
  }

  /** What a person asks for, at the process that answers. */
  async operate(kind: CommandKind, target: string, forMs: number | null): ReturnType<Operate> {
    const life = this.answering;
    if (!life) return "failed";
    return life.operate(kind, target, forMs);
  }

  pause(forMs: number): void {
    const life = this.#life;
    if (!life?.calls.isAlive) return;
    this.#world.faults.note("processPause");
    life.calls.frozenUntilMs = this.#world.time.nowMs + forMs;
    this.#world.watch.paused(life.calls.frozenUntilMs);
  }
}

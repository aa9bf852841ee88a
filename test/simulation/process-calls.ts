import type { Random } from "./random.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** A failure that the simulation meant to happen. */
export class SimulatedFailure extends Error {}

interface CrashPoint {
  /** Calls that still go well. */
  left: number;
  readonly when: "before" | "after";
}

/**
 * Everything that a process of the control plane does to the world goes through here, call by call: that is where it
 * can be killed, before or after the call took effect, and where it stands still. A dead process's calls never return,
 * so its code goes no further, exactly as under kill -9.
 */
export class ProcessCalls {
  isAlive = true;
  frozenUntilMs = 0;
  readonly #time: VirtualTime;
  readonly #random: Random;
  readonly #died: () => void;
  #crash: CrashPoint | null = null;
  /** Requests on their way out: the process may die while they still arrive. */
  readonly #outgoing = new Set<() => void>();

  constructor(time: VirtualTime, random: Random, died: () => void) {
    this.#time = time;
    this.#random = random;
    this.#died = died;
  }

  crashAfter(calls: number, when: "before" | "after"): void {
    this.#crash = { left: calls, when };
  }

  /** Dies now. What was on its way arrives or not. */
  die(): void {
    if (!this.isAlive) return;
    this.isAlive = false;
    for (const arrive of this.#outgoing) if (this.#random.chance(0.5)) arrive();
    this.#outgoing.clear();
    this.#died();
  }

  async sleep(delayMs: number): Promise<void> {
    await this.#time.sleep(delayMs);
    if (!this.#runs()) await this.#goOn();
  }

  /** One call that takes `latencyMs`: half on the way there, half on the way back. */
  call<T>(latencyMs: number, run: () => T): Promise<T> {
    if (latencyMs > 0 || this.#crash !== null || !this.#runs()) return this.#eventfulCall(latencyMs, run);
    const outcome = attempt(run);
    return outcome.ok ? Promise.resolve(outcome.value) : Promise.reject(outcome.error);
  }

  async #eventfulCall<T>(latencyMs: number, run: () => T): Promise<T> {
    if (!this.#runs()) await this.#goOn();
    const crash = this.#crashesNow();
    if (crash === "before") return this.#dieHere();
    const outcome = latencyMs > 0 ? await this.#slowly(latencyMs, run) : attempt(run);
    if (crash === "after") return this.#dieHere();
    if (latencyMs > 0) await this.#time.sleep(latencyMs / 2);
    if (!this.#runs()) await this.#goOn();
    if (outcome.ok) return outcome.value;
    throw outcome.error;
  }

  async #slowly<T>(latencyMs: number, run: () => T): Promise<Attempt<T>> {
    let outcome: Attempt<T> | null = null;
    const arrive = () => {
      outcome ??= attempt(run);
    };
    this.#outgoing.add(arrive);
    await this.#time.sleep(latencyMs / 2);
    if (!this.isAlive) return never();
    this.#outgoing.delete(arrive);
    return outcome ?? attempt(run);
  }

  #crashesNow(): CrashPoint["when"] | null {
    const crash = this.#crash;
    if (!crash) return null;
    crash.left -= 1;
    return crash.left < 0 ? crash.when : null;
  }

  #dieHere(): Promise<never> {
    this.die();
    return never();
  }

  #runs(): boolean {
    return this.isAlive && this.#time.nowMs >= this.frozenUntilMs;
  }

  /** Returns when the process runs; never when it is dead. */
  async #goOn(): Promise<void> {
    while (this.isAlive && this.#time.nowMs < this.frozenUntilMs) {
      await this.#time.sleep(this.frozenUntilMs - this.#time.nowMs);
    }
    if (!this.isAlive) await never();
  }
}

type Attempt<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown };

function attempt<T>(run: () => T): Attempt<T> {
  try {
    return { ok: true, value: run() };
  } catch (error) {
    return { ok: false, error };
  }
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}

import type { WorkerMessage } from "../worker-messages.ts";
import type { Member } from "./member.ts";
import { StandIn } from "./stand-in.ts";
import type { WorkerDeath } from "./worker-process.ts";
import type { WorkerStarts } from "./worker-starts.ts";

// A worker that cannot even start must not take the machine.
const RESPAWN_STEP_MS = 100;
const RESPAWN_STEPS_MAX = 10;

export interface CrewDeps {
  readonly starts: WorkerStarts;
  readonly onMessage: (member: Member, message: WorkerMessage) => void;
  readonly onDeath: (member: Member, death: WorkerDeath) => void;
  /** One that stood by, and was ready before, is a worker as any other now. */
  readonly onStoodIn: (member: Member) => void;
}

/** The workers of a pool: as many as were asked for, one that stands by when another may hang, others for those that are gone. */
export class Crew {
  readonly #deps: CrewDeps;
  readonly #members = new Set<Member>();
  readonly #standIn = new StandIn(() => this.#start(false));
  #waiting: (() => void)[] = [];
  #isStopping = false;
  /** Workers in a row that were gone before they were ready. */
  #failedStarts = 0;

  constructor(deps: CrewDeps) {
    this.#deps = deps;
  }

  get isStopping(): boolean {
    return this.#isStopping;
  }

  /** False for one that stands by. */
  has(member: Member): boolean {
    return this.#members.has(member);
  }

  /** Those that take messages now. */
  ready(): Member[] {
    return [...this.#members].filter(({ process }) => process.isReady);
  }

  /** Settles when one is ready, or none will be any more. */
  async someWorker(): Promise<void> {
    while (this.ready().length === 0 && !this.#isStopping) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
  }

  /** For those who wait for one: one is. */
  tellReady(): void {
    for (const waiting of this.#waiting.splice(0)) waiting();
  }

  spawn(isCautious = false): void {
    this.#members.add(this.#start(isCautious));
  }

  /** It is gone. False when it was none of the workers. */
  remove(member: Member): boolean {
    this.#standIn.forget(member);
    return this.#members.delete(member);
  }

  /** Another takes its place: the one that stands by, or a new one. A cautious one loads what it is to have one by one. */
  replace({ process }: Member, isCautious: boolean): void {
    this.#failedStarts = process.hasBeenReady ? 0 : this.#failedStarts + 1;
    const standIn = isCautious ? null : this.#standIn.take();
    if (standIn !== null) {
      this.#members.add(standIn);
      if (standIn.process.isReady) this.#deps.onStoodIn(standIn);
      return;
    }
    setTimeout(
      () => {
        if (!this.#isStopping) this.spawn(isCautious);
      },
      RESPAWN_STEP_MS * Math.min(this.#failedStarts, RESPAWN_STEPS_MAX),
    ).unref();
  }

  /** From now on nobody is replaced. */
  closeDown(): void {
    this.#isStopping = true;
  }

  endAll(): void {
    for (const { process } of this.#members) process.kill("stopped");
    this.#standIn.dismiss();
  }

  #start(isCautious: boolean): Member {
    const member: Member = {
      process: this.#deps.starts.shared({
        onMessage: (_process, message) => {
          this.#deps.onMessage(member, message);
        },
        onDeath: (_process, death) => {
          this.#deps.onDeath(member, death);
        },
        onSuspicion: () => {
          if (!this.#isStopping) this.#standIn.call();
        },
      }),
      provisioning: new Map(),
      comingBack: new Set(),
      retiring: new Map(),
      heapBytes: new Map(),
      routesActive: 0,
      turn: isCautious ? Promise.resolve() : null,
    };
    return member;
  }
}

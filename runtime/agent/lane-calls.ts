import type { WireRequest } from "../sandbox/messages.ts";
import type { CallAnswer } from "../worker-messages.ts";
import type { WorkerProcess } from "./worker-process.ts";

/** One that is asked; which object it is tells it from others. */
type Callee = Pick<WorkerProcess, "send">;

interface Asked {
  readonly worker: Callee;
  readonly settle: (answer: CallAnswer) => void;
}

/** What scripts in processes of their own ask of the others: a worker that has those answers, by way of the agent. */
export class LaneCalls {
  readonly #asked = new Map<number, Asked>();
  #lastCall = 0;

  /** `worker` is null when there is none just now. */
  async call(worker: Callee | null, name: string, request: WireRequest): Promise<CallAnswer> {
    if (worker === null) return LOST_CALL;
    this.#lastCall += 1;
    const call = this.#lastCall;
    return new Promise((settle) => {
      this.#asked.set(call, { worker, settle });
      worker.send({ type: "call", call, name, request });
    });
  }

  settle(call: number, answer: CallAnswer): void {
    this.#asked.get(call)?.settle(answer);
    this.#asked.delete(call);
  }

  /** That worker answers nothing more. */
  lose(worker: Callee): void {
    for (const [call, { worker: asked }] of Array.from(this.#asked))
      if (asked === worker) this.settle(call, LOST_CALL);
  }
}

const LOST_CALL: CallAnswer = {
  callee: "unknown",
  reply: { ok: false, message: "the worker that would have answered is gone" },
};

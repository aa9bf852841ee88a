import type { KeyObject } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { NodeReport } from "#schemas/types.ts";
import { backoffMs } from "../backoff-ms.ts";
import type { ControlPlaneClient } from "./control-plane-client.ts";
import { signBytes } from "./signatures.ts";
import { Wakeup } from "./wakeup.ts";

// Many changes come together (a document touches every script); one report carries them all.
const GATHER_MS = 50;

export interface ReporterDeps {
  readonly node: string;
  readonly key: KeyObject;
  readonly client: ControlPlaneClient;
  /** The report as of now. */
  readonly makeReport: (sequence: number) => NodeReport;
  readonly reportEveryMs: () => number;
  readonly isRegistered: () => boolean;
  readonly random: () => number;
  readonly onDelivered: () => void;
  readonly onUnauthorized: () => void;
}

/** Sends the node's report on every change, and regularly without one. */
export class Reporter {
  readonly #deps: ReporterDeps;
  readonly #wakeup = new Wakeup();
  #sequence = 0;

  constructor(deps: ReporterDeps) {
    this.#deps = deps;
  }

  /** Something that the report shows has changed. */
  wake(): void {
    this.#wakeup.wake();
  }

  async run(signal: AbortSignal): Promise<void> {
    let attempts = 0;
    while (!signal.aborted) {
      if (attempts > 0) await pause(backoffMs(attempts, this.#deps.random()), signal);
      else await this.#wakeup.wait(this.#deps.reportEveryMs(), signal);
      await pause(GATHER_MS, signal);
      if (signal.aborted) return;
      if (!this.#deps.isRegistered()) continue;
      attempts = (await this.send(signal)) ? 0 : attempts + 1;
    }
  }

  /** Sends one report now; whether it arrived. */
  async send(signal: AbortSignal): Promise<boolean> {
    this.#sequence += 1;
    const body = Buffer.from(JSON.stringify(this.#deps.makeReport(this.#sequence)));
    const signature = signBytes(this.#deps.key, "showrunner-report-v1", body);
    const reply = await this.#deps.client.sendReport(this.#deps.node, body, signature, signal);
    if (reply.ok) this.#deps.onDelivered();
    else if (reply.status === 401) this.#deps.onUnauthorized();
    return reply.ok;
  }
}

async function pause(waitMs: number, signal: AbortSignal): Promise<void> {
  await sleep(waitMs, undefined, { signal }).catch(() => {});
}

import type { InstanceIdentity } from "../isolates/script-instance.ts";
import type { InstanceStanding } from "../worker-messages.ts";
import {
  afterHarm,
  GOOD_CONDUCT,
  isForgotten,
  isQuarantined,
  type Conduct,
  type Harm,
} from "./quarantine.ts";

const KEPT_MAX = 10_000;

/** How each revision behaved since this node started. A new revision starts with a clean page. */
export class ConductBook {
  readonly #nowMs: () => number;
  readonly #pages = new Map<string, Conduct>();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Whether the script comes into quarantine by this. */
  record(identity: InstanceIdentity, harm: Harm): boolean {
    const nowMs = this.#nowMs();
    const key = keyOf(identity);
    const { conduct, isNewlyQuarantined } = afterHarm(this.#pages.get(key) ?? GOOD_CONDUCT, harm, nowMs);
    this.#pages.delete(key);
    this.#pages.set(key, conduct);
    if (this.#pages.size > KEPT_MAX) this.#forget(nowMs);
    return isNewlyQuarantined;
  }

  standingOf(identity: InstanceIdentity): InstanceStanding {
    const { lane, untilMs, strikes } = this.#pages.get(keyOf(identity)) ?? GOOD_CONDUCT;
    return { lane, quarantinedUntilMs: untilMs, strikes };
  }

  /** Milliseconds since the epoch, or null when it is not in quarantine. */
  quarantinedUntilMs(identity: InstanceIdentity): number | null {
    const conduct = this.#pages.get(keyOf(identity));
    return conduct !== undefined && isQuarantined(conduct, this.#nowMs()) ? conduct.untilMs : null;
  }

  /** What may be forgotten goes, and if that is not enough, the oldest. */
  #forget(nowMs: number): void {
    for (const [key, conduct] of this.#pages) if (isForgotten(conduct, nowMs)) this.#pages.delete(key);
    for (const key of this.#pages.keys()) {
      if (this.#pages.size <= KEPT_MAX) return;
      this.#pages.delete(key);
    }
  }
}

function keyOf({ script, version, digest }: InstanceIdentity): string {
  return `${script}@${version}/${digest}`;
}

import type { Logger } from "pino";
import type { LogLevel } from "../sandbox/messages.ts";
import { TokenBucket } from "../token-bucket.ts";
import type { InstanceIdentity } from "./script-instance.ts";

const LINES_A_SECOND = 50;
const LINES_BURST = 200;
const SECRET_LENGTH_MIN = 6;

/** What one script instance writes: named, rate-limited, with its secrets struck out. */
export class ScriptLog {
  readonly #logger: Logger;
  readonly #nowMs: () => number;
  readonly #secrets: readonly string[];
  readonly #budget: TokenBucket;
  #dropped = 0;

  constructor(
    logger: Logger,
    identity: InstanceIdentity,
    secrets: Readonly<Record<string, string>>,
    nowMs: () => number,
  ) {
    const { script, version, role, digest } = identity;
    this.#logger = logger.child({ script, version, role, revision: digest });
    this.#secrets = Object.values(secrets).filter((value) => value.length >= SECRET_LENGTH_MIN);
    this.#nowMs = nowMs;
    this.#budget = new TokenBucket(LINES_A_SECOND, LINES_BURST, nowMs());
  }

  write(level: LogLevel, text: string, requestId: string | null): void {
    if (!this.#budget.take(this.#nowMs())) {
      this.#dropped += 1;
      return;
    }
    const dropped = this.#dropped === 0 ? {} : { droppedLines: this.#dropped };
    this.#dropped = 0;
    this.#logger[level]({ ...(requestId === null ? {} : { requestId }), ...dropped }, this.redact(text));
  }

  redact(text: string): string {
    return this.#secrets.reduce((kept, secret) => kept.replaceAll(secret, "[secret]"), text);
  }
}

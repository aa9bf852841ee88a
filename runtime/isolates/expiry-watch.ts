import type { RegionDocument } from "#schemas/types.ts";
import { nextExpiryMs } from "./choose-instances.ts";

// A timer of more than 24 days would fire at once; an hour also forgives a clock that is set anew.
const WAIT_MS_MAX = 3_600_000;

export interface ExpiryWatchDeps {
  readonly nowMs: () => number;
  /** Something of the document has just expired. */
  readonly onExpired: () => void;
}

/** Tells when instances of the document in force expire, for a node that may hear of nothing else. */
export class ExpiryWatch {
  readonly #deps: ExpiryWatchDeps;
  #timer: NodeJS.Timeout | undefined;

  constructor(deps: ExpiryWatchDeps) {
    this.#deps = deps;
  }

  /** Watches this document in place of the last one. */
  follow(document: RegionDocument): void {
    this.stop();
    const nowMs = this.#deps.nowMs();
    const atMs = nextExpiryMs(document, nowMs);
    if (atMs === null) return;
    this.#timer = setTimeout(
      () => {
        if (this.#deps.nowMs() >= atMs) this.#deps.onExpired();
        this.follow(document);
      },
      Math.min(atMs - nowMs, WAIT_MS_MAX),
    ).unref();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}

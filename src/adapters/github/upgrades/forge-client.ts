import { Octokit } from "@octokit/rest";
import { CodeHostError } from "#domain/ports.ts";
import { nextWriteAtMs, recentWrites, type WritePace } from "#domain/campaign/pacing.ts";
import { codeHostFailure, failedStatus } from "../code-host-failure.ts";

/** Time and waiting, so that a test can let an hour pass in a second. */
export interface WaitingClock {
  now(): number;
  sleep(ms: number): Promise<void>;
}

export interface ForgeClientSettings {
  readonly apiUrl: string;
  readonly token: string;
  readonly clock: WaitingClock;
  /** null for a forge of one's own that sets no limits. */
  readonly pace: WritePace | null;
  /** When earlier runs wrote (epoch milliseconds, oldest first), as far as that is known. */
  readonly earlierWritesMs: readonly number[];
  /**
   * Where several share the pace: takes the next turn at or after a time and tells when it is, epoch milliseconds. null
   * where `pace` is this client's own matter.
   */
  readonly sharedTurn: ((nowMs: number) => Promise<number>) | null;
  /** What people should know while they wait. */
  readonly log: (text: string) => void;
}

export interface ForgeClient {
  readonly octokit: Octokit;
  readonly apiUrl: string;
  readonly token: string;
  /** Waits for a write's turn and counts it; for writes that do not go through `octokit`. */
  takeTurn(): Promise<void>;
  readonly counts: { reads: number; writes: number; unchanged: number };
  /** When this run and earlier ones wrote, as far back as the pace looks. */
  writesMs(): readonly number[];
}

const REQUEST_MS_MAX = 30_000;
const ATTEMPTS_MAX = 4;
const RETRY_MS = 500;
/** A primary limit is lifted within the hour. */
const WAIT_MS_MAX = 65 * 60_000;
const LIMITED_ATTEMPTS_MAX = 12;
const TOLD_WAIT_MS = 5_000;

/**
 * GitHub's REST API for one token: writes one at a time at the pace that GitHub asks for, limits honoured by waiting, and what
 * failed on the way tried again. Every write here may be sent twice: a second branch or pull request is refused by name.
 */
export function createForgeClient(settings: ForgeClientSettings): ForgeClient {
  const { clock, log } = settings;
  const octokit = new Octokit({
    auth: settings.token,
    baseUrl: settings.apiUrl,
    userAgent: "showrunner",
    log: { debug: ignore, info: ignore, warn: ignore, error: ignore },
    request: { fetch: boundedFetch },
  });
  const counts = { reads: 0, writes: 0, unchanged: 0 };
  let writesMs = [...settings.earlierWritesMs];
  let turns: Promise<void> = Promise.resolve();
  let limitedUntilMs = 0;

  const untilUnlimited = async (): Promise<void> => {
    const waitMs = limitedUntilMs - clock.now();
    if (waitMs > 0) await clock.sleep(waitMs);
  };

  const waitForTurn = async (): Promise<void> => {
    await untilUnlimited();
    const { pace, sharedTurn } = settings;
    if (sharedTurn !== null) {
      const sharedAtMs = await sharedTurn(clock.now());
      if (sharedAtMs > clock.now()) await clock.sleep(sharedAtMs - clock.now());
      return;
    }
    if (pace === null) return;
    const atMs = nextWriteAtMs(writesMs, clock.now(), pace);
    const waitMs = atMs - clock.now();
    if (waitMs > TOLD_WAIT_MS)
      log(`waiting ${Math.ceil(waitMs / 1000)} s, to write no faster than GitHub asks`);
    if (waitMs > 0) await clock.sleep(waitMs);
    writesMs = [...recentWrites(writesMs, clock.now()), clock.now()];
  };

  const takeTurn = (): Promise<void> => {
    const turn = turns.then(waitForTurn);
    // One that could not be taken is its own request's failure, not that of all behind it.
    turns = turn.catch(() => undefined);
    return turn;
  };

  octokit.hook.wrap("request", async (request, options) => {
    const isWrite = options.method !== "GET";
    let limited = 0;
    for (let attempt = 1; ;) {
      if (isWrite) await takeTurn();
      else await untilUnlimited();
      counts[isWrite ? "writes" : "reads"] += 1;
      try {
        return await request(options);
      } catch (error) {
        const failure = codeHostFailure(error, clock.now());
        const retryAtMs = failure instanceof CodeHostError ? failure.retryAtMs : null;
        if (retryAtMs !== null && limited < LIMITED_ATTEMPTS_MAX && retryAtMs - clock.now() <= WAIT_MS_MAX) {
          limited += 1;
          limitedUntilMs = Math.max(limitedUntilMs, retryAtMs);
          log(`GitHub asks to wait ${Math.ceil((retryAtMs - clock.now()) / 1000)} s`);
          continue;
        }
        if (attempt >= ATTEMPTS_MAX || !isPassing(error)) throw error;
        await clock.sleep(RETRY_MS * 2 ** attempt);
        attempt += 1;
      }
    }
  });

  const { apiUrl, token } = settings;
  return { octokit, apiUrl, token, takeTurn, counts, writesMs: () => writesMs };
}

/** Octokit tells of a request without an answer as of status 500. */
function isPassing(error: unknown): boolean {
  const status = failedStatus(error);
  return status === 408 || (status !== null && status >= 500 && status !== 501);
}

const boundedFetch: typeof fetch = (input, init) => {
  const bound = AbortSignal.timeout(REQUEST_MS_MAX);
  return fetch(input, { ...init, signal: init?.signal ? AbortSignal.any([init.signal, bound]) : bound });
};

function ignore(): void {}

import { ProbotOctokit } from "probot";
import type { Clock } from "#domain/ports.ts";
import { codeHostFailure } from "./code-host-failure.ts";
import { type RetryGate, createRetryGate } from "./retry-gate.ts";

const REQUEST_MS_MAX = 30_000;

/**
 * The Octokit class to construct Probot with. "polite" keeps to what GitHub asks of apps: one write at a time, a second
 * apart, three where it notifies people. "unpaced" is for a GitHub of one's own, as in tests and on a laptop.
 *
 * Once GitHub has named a time to come back, none of its clients asks anything before. Neither retries by itself: a creating request that is sent twice may create twice, and the reconciler comes back to a
 * failed key with its own backoff.
 */
export function pacedOctokit(pacing: "polite" | "unpaced", clock: Clock): typeof ProbotOctokit {
  const gate = createRetryGate(clock);
  // The object form of `defaults` is ignored by Probot for throttling (probot#2039).
  return ProbotOctokit.plugin((octokit) => {
    octokit.hook.error("request", (error) => {
      gate.learn(codeHostFailure(error, clock.now()));
      throw error;
    });
  }).defaults((given: GivenOptions) => ({
    ...given,
    retry: { enabled: false },
    throttle: {
      ...given.throttle,
      enabled: pacing === "polite",
      onRateLimit: () => false,
      onSecondaryRateLimit: () => false,
    },
    request: { ...given.request, fetch: boundedFetch(given.request?.fetch ?? fetch, gate) },
  }));
}

interface GivenOptions {
  readonly throttle?: object;
  readonly request?: { readonly fetch?: typeof fetch };
}

/** Asks the gate as late as can be: a request may have waited its turn for long. */
function boundedFetch(send: typeof fetch, gate: RetryGate): typeof fetch {
  return async (input, init) => {
    gate.check();
    const bound = AbortSignal.timeout(REQUEST_MS_MAX);
    const signal = init?.signal ? AbortSignal.any([init.signal, bound]) : bound;
    return send(input, { ...init, signal });
  };
}

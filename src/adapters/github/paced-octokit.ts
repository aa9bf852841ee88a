import { ProbotOctokit } from "probot";

const REQUEST_MS_MAX = 30_000;

/**
 * The Octokit class to construct Probot with. "polite" keeps to what GitHub asks of apps: one write at a time, a second
 * apart, three where it notifies people. "unpaced" is for a GitHub of one's own, as in tests and on a laptop.
 *
 * Neither retries by itself: a creating request that is sent twice may create twice, and the reconciler comes back to a
 * failed key with its own backoff.
 */
export function pacedOctokit(pacing: "polite" | "unpaced"): typeof ProbotOctokit {
  // The object form of `defaults` is ignored by Probot for throttling (probot#2039).
  return ProbotOctokit.defaults((given: GivenOptions) => ({
    ...given,
    retry: { enabled: false },
    throttle: {
      ...given.throttle,
      enabled: pacing === "polite",
      onRateLimit: () => false,
      onSecondaryRateLimit: () => false,
    },
    request: { ...given.request, fetch: boundedFetch(given.request?.fetch ?? fetch) },
  }));
}

interface GivenOptions {
  readonly throttle?: object;
  readonly request?: { readonly fetch?: typeof fetch };
}

function boundedFetch(send: typeof fetch): typeof fetch {
  return (input, init) => {
    const bound = AbortSignal.timeout(REQUEST_MS_MAX);
    const signal = init?.signal ? AbortSignal.any([init.signal, bound]) : bound;
    return send(input, { ...init, signal });
  };
}

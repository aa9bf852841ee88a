import type { DispatchOutcome, ScriptInstance } from "./script-instance.ts";

export type WarmUpResult = { readonly ok: true } | { readonly ok: false; readonly message: string };

/**
 * Makes the warm-up requests that the revision declares, one after the other, and stops at the first that fails: no
 * response in its time, or a status of 500 and above.
 */
export async function warmUp(
  instance: ScriptInstance,
  makeRequestId: () => string,
  signal: AbortSignal,
): Promise<WarmUpResult> {
  for (const { path, times, timeoutMs } of instance.settings.warmup) {
    for (let run = 1; run <= times; run += 1) {
      if (signal.aborted) return { ok: false, message: "superseded by a newer document" };
      const request = {
        method: "GET",
        url: `http://localhost${path}`,
        headers: "user-agent\nshowrunner-warmup\n",
        body: { kind: "none" } as const,
      };
      const outcome = await new Promise<DispatchOutcome>((resolve) => {
        instance.dispatch(request, { requestId: makeRequestId(), wallMs: timeoutMs }, resolve);
      });
      const problem = problemOf(outcome);
      if (problem !== null) return { ok: false, message: `GET ${path}, run ${run} of ${times}: ${problem}` };
    }
  }
  return { ok: true };
}

function problemOf(outcome: DispatchOutcome): string | null {
  if (outcome.kind === "failure") return `${outcome.code}: ${outcome.message}`;
  const { status } = outcome.response;
  return status >= 500 ? `answered with status ${status}` : null;
}

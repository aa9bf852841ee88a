import type { DispatchOutcome, ScriptInstance } from "./script-instance.ts";

export type WarmUpResult =
  | { readonly ok: true }
  /** A timeout can also be the fault of a busy machine, so it has a code of its own. */
  | {
      readonly ok: false;
      readonly code: "warmup_failed" | "warmup_timeout" | "superseded";
      readonly message: string;
    };

/** All warm-up requests of an instance together; one alone may take as long. */
const BUDGET_MS = 60_000;

/**
 * Makes the warm-up requests that the revision declares, one after the other, and stops at the first that fails: no
 * response in its time, or a status of 500 and above. All together have a minute.
 */
export async function warmUp(
  instance: Pick<ScriptInstance, "settings" | "dispatch">,
  makeRequestId: () => string,
  signal: AbortSignal,
  nowMs: () => number,
): Promise<WarmUpResult> {
  const endMs = nowMs() + BUDGET_MS;
  for (const { path, times, timeoutMs } of instance.settings.warmup) {
    for (let run = 1; run <= times; run += 1) {
      if (signal.aborted) return { ok: false, code: "superseded", message: "a newer document came" };
      if (nowMs() >= endMs) {
        const message = `GET ${path}, run ${run} of ${times}: the minute for all warm-up requests is over`;
        return { ok: false, code: "warmup_timeout", message };
      }
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
      const isLate = outcome.kind === "failure" && outcome.code === "script_timeout";
      const code = isLate ? "warmup_timeout" : "warmup_failed";
      if (problem !== null)
        return { ok: false, code, message: `GET ${path}, run ${run} of ${times}: ${problem}` };
    }
  }
  return { ok: true };
}

function problemOf(outcome: DispatchOutcome): string | null {
  if (outcome.kind === "failure") return `${outcome.code}: ${outcome.message}`;
  const { status } = outcome.response;
  return status >= 500 ? `answered with status ${status}` : null;
}

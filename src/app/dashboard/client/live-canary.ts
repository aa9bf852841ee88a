import { type ReadonlySignal, signal } from "@preact/signals";
import type { CanaryView } from "#app/api/canary-view.ts";

export interface LiveCanary {
  readonly view: ReadonlySignal<CanaryView | null>;
  /** Why there is none, or why it is not the latest; null when all is well. */
  readonly problem: ReadonlySignal<string | null>;
  start(): void;
}

const pollMs = 3_000;
const timeoutMs = 15_000;

/** Follows one run until it has ended. */
export function createLiveCanary(id: string): LiveCanary {
  const view = signal<CanaryView | null>(null);
  const problem = signal<string | null>(null);

  async function refresh(): Promise<void> {
    try {
      const response = await fetch(`/api/canaries/${encodeURIComponent(id)}`, {
        cache: "no-cache",
        signal: AbortSignal.timeout(timeoutMs),
      });
      const body: unknown = await response.json();
      if (isCanaryView(body)) view.value = body;
      problem.value = isCanaryView(body)
        ? null
        : response.status === 404
          ? `There is no canary run ${id}; runs are forgotten after 30 days`
          : `The control plane answers ${response.status}`;
    } catch (error) {
      problem.value = error instanceof Error ? error.message : String(error);
    }
    const hasEnded = view.value?.phase === "ended" && problem.value === null;
    if (!hasEnded) setTimeout(() => void refresh(), pollMs);
  }

  return { view, problem, start: () => void refresh() };
}

/** Our own server's types hold inside; this only tells a view from an error. */
function isCanaryView(body: unknown): body is CanaryView {
  return typeof body === "object" && body !== null && "headline" in body && "metrics" in body;
}

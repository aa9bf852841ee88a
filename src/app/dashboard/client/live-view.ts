import { type ReadonlySignal, signal } from "@preact/signals";

/** One resource of the API, asked for again until it is over. */
export interface LiveView<T> {
  readonly view: ReadonlySignal<T | null>;
  /** Why there is none, or why it is not the latest; null when all is well. */
  readonly problem: ReadonlySignal<string | null>;
  readonly start: () => void;
}

export interface LiveViewSource<T> {
  /** Such as "/api/canaries/one". */
  readonly address: string;
  /** Our own server's types hold inside; this only tells a view from an error. */
  readonly isView: (body: object) => body is T & object;
  /** What a 404 means. */
  readonly missing: string;
  /** Nothing changes any more. */
  readonly isOver: (view: T) => boolean;
  /** Between two questions; three seconds when absent. */
  readonly pollMs?: number;
}

const pollMsDefault = 3_000;
const timeoutMs = 15_000;

export function createLiveView<T>({
  address,
  isView,
  missing,
  isOver,
  pollMs = pollMsDefault,
}: LiveViewSource<T>): LiveView<T> {
  const view = signal<T | null>(null);
  const problem = signal<string | null>(null);

  async function refresh(): Promise<void> {
    try {
      const response = await fetch(address, { cache: "no-cache", signal: AbortSignal.timeout(timeoutMs) });
      const body: unknown = await response.json();
      if (typeof body === "object" && body !== null && isView(body)) {
        view.value = body;
        problem.value = null;
      } else {
        problem.value = response.status === 404 ? missing : `The control plane answers ${response.status}`;
      }
    } catch (error) {
      problem.value = error instanceof Error ? error.message : String(error);
    }
    const isDone = view.value !== null && problem.value === null && isOver(view.value);
    if (!isDone) setTimeout(() => void refresh(), pollMs);
  }

  return { view, problem, start: () => void refresh() };
}

import { type ReadonlySignal, signal } from "@preact/signals";
import type { Overview } from "#app/api/overview.ts";

/** What was fetched last, and when by a clock that never jumps (milliseconds since the page was opened). */
interface Snapshot {
  readonly overview: Overview;
  readonly receivedAtMs: number;
}

type Connection = "connecting" | "live" | "reconnecting";

export interface LiveOverview {
  readonly snapshot: ReadonlySignal<Snapshot | null>;
  readonly connection: ReadonlySignal<Connection>;
  /** Why the last fetch failed; null when it did not. */
  readonly problem: ReadonlySignal<string | null>;
  start(): void;
}

/** Several changes within this time cost one fetch. */
const debounceMs = 250;
/** A node that falls silent causes no event, so the page also asks by itself. */
const pollMs = 10_000;
const timeoutMs = 15_000;
const reopenMs = 3_000;

/** Fetches the overview now, at every `change` event and every few seconds; never twice at a time. */
export function createLiveOverview(overviewUrl: string, eventsUrl: string): LiveOverview {
  const snapshot = signal<Snapshot | null>(null);
  const connection = signal<Connection>("connecting");
  const problem = signal<string | null>(null);
  let timer: ReturnType<typeof setTimeout> | null = null;
  let isFetching = false;
  let isStale = false;
  let lastFetchMs = 0;

  async function refresh(): Promise<void> {
    if (isFetching) {
      isStale = true;
      return;
    }
    isFetching = true;
    const startedMs = performance.now();
    try {
      const overview = await fetchOverview(overviewUrl);
      snapshot.value = { overview, receivedAtMs: performance.now() };
      problem.value = null;
    } catch (error) {
      problem.value = error instanceof Error ? error.message : String(error);
    }
    isFetching = false;
    lastFetchMs = performance.now() - startedMs;
    if (isStale) {
      isStale = false;
      schedule();
    }
  }

  function schedule(): void {
    // A large fleet takes longer to fetch: leave the browser and the server at least as long in peace.
    timer ??= setTimeout(
      () => {
        timer = null;
        void refresh();
      },
      Math.max(debounceMs, lastFetchMs),
    );
  }

  function follow(): void {
    const events = new EventSource(eventsUrl);
    events.addEventListener("open", () => {
      connection.value = "live";
      schedule();
    });
    events.addEventListener("change", schedule);
    events.addEventListener("error", () => {
      connection.value = "reconnecting";
      // The browser gives up for good when the answer is not an event stream, as while a proxy restarts.
      if (events.readyState === EventSource.CLOSED) {
        setTimeout(follow, reopenMs);
      }
    });
  }

  function start(): void {
    void refresh();
    follow();
    setInterval(() => {
      if (document.visibilityState === "visible") {
        void refresh();
      }
    }, pollMs);
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") {
        schedule();
      }
    });
  }

  return { snapshot, connection, problem, start };
}

async function fetchOverview(url: string): Promise<Overview> {
  const response = await fetch(url, {
    // Always asked of the server, which may answer that nothing changed.
    cache: "no-cache",
    headers: { accept: "application/json" },
    signal: AbortSignal.timeout(timeoutMs),
  });
  if (!response.ok) {
    throw new Error(`The control plane answers ${response.status} ${response.statusText}`.trim());
  }
  const body: unknown = await response.json();
  if (!isOverview(body)) {
    throw new Error("The control plane answers something that is not an overview");
  }
  return body;
}

/** Our own server's types hold inside; this only tells an overview from an error page. */
function isOverview(body: unknown): body is Overview {
  return (
    typeof body === "object" &&
    body !== null &&
    "status" in body &&
    ["regions", "scripts", "rollouts", "pullRequests"].every((key) => Array.isArray(Reflect.get(body, key)))
  );
}

import pLimit from "p-limit";
import type { ReleasesAnswer } from "#adapters/npm/ask-releases.ts";
import type { ReleaseLook } from "#adapters/store/library-releases.ts";
import type { ReconcilerContext } from "#app/reconciler/context.ts";

/** What asking came to. */
export interface RegistryLook {
  /** When to ask again, milliseconds from now. */
  readonly againMs: number;
  /** How long the registry is to be left alone, milliseconds; 0 when it is well. */
  readonly restMs: number;
}

type AskContext = Pick<ReconcilerContext, "campaigns" | "clock" | "logger">;

const ASKED_A_PASS = 500;
const ASKED_AT_ONCE = 4;
const BACKOFF_MS = 60_000;
/** So many failures of one pass mean that the registry is out of order, and not single libraries. */
const FAILURES_MAX = 5;
const DOUBLINGS_MAX = 20;

/** Asks the registry about the libraries that are due, a few at a time, and forgets those that nobody uses any more. */
export async function askRegistry(
  context: AskContext,
  libraries: ReadonlySet<string>,
  everyMs: number,
): Promise<RegistryLook> {
  const { releases, newRegistry } = context.campaigns;
  const looks = await releases.looks();
  await releases.forget(looks.map(({ name }) => name).filter((name) => !libraries.has(name)));
  const known = new Map(looks.map((look) => [look.name, look]));
  const nowMs = context.clock.now();
  const due = [...libraries].filter((name) => isDue(known.get(name), everyMs, nowMs));
  const registry = newRegistry();
  const limit = pLimit(ASKED_AT_ONCE);
  let failures = 0;
  let restMs = 0;
  const visits = due.slice(0, ASKED_A_PASS).map((name) =>
    limit(async () => {
      if (restMs > 0) return;
      const look = known.get(name) ?? { etag: null, failures: 0 };
      const answer = await registry.releases(name, look.etag);
      await keep(context, name, look.failures, answer, everyMs);
      if (answer.kind !== "unavailable") return;
      failures += 1;
      const isDown = failures >= FAILURES_MAX || answer.retryAfterMs !== null;
      if (isDown) restMs = Math.max(restMs, answer.retryAfterMs ?? 0, BACKOFF_MS);
    }),
  );
  await Promise.all(visits);
  if (restMs > 0) return { againMs: restMs, restMs };
  if (due.length > ASKED_A_PASS) return { againMs: 0, restMs };
  return { againMs: failures > 0 ? BACKOFF_MS : everyMs, restMs };
}

function isDue(look: ReleaseLook | undefined, everyMs: number, nowMs: number): boolean {
  if (look === undefined || look.dueAtMs <= nowMs) return true;
  // Set when the fleet asked less often, or by a clock that went wrong.
  return look.failures === 0 && look.dueAtMs - nowMs > everyMs;
}

async function keep(
  { campaigns: { releases }, clock, logger }: AskContext,
  name: string,
  failures: number,
  answer: ReleasesAnswer,
  everyMs: number,
): Promise<void> {
  const nowMs = clock.now();
  if (answer.kind === "unavailable") {
    logger.warn({ library: name, reason: answer.message }, "the registry was asked in vain");
    const waitMs = Math.min(BACKOFF_MS * 2 ** Math.min(failures, DOUBLINGS_MAX), everyMs);
    await releases.saveFailure(name, nowMs + Math.max(waitMs, answer.retryAfterMs ?? 0));
  } else if (answer.kind === "unchanged") {
    await releases.saveUnchanged(name, nowMs + everyMs);
  } else {
    const isFound = answer.kind === "found";
    const found = isFound ? answer.found : { latest: null, releases: [] };
    await releases.saveFound(name, isFound ? answer.etag : null, found, nowMs + everyMs);
  }
}

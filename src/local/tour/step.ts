import { waitFor } from "../wait-for.ts";

/** A step of the tour did not come out as it should; the message is for people. */
export class StepFailed extends Error {}

/**
 * Looks until something is found; a step that finds nothing in time fails, saying what was expected. A look that throws
 * counts as having found nothing, because a process may just be coming back.
 */
export async function mustFind<T>(
  expected: string,
  look: () => Promise<T | null>,
  limits: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<T> {
  let trouble = "";
  const lookSafely = async (): Promise<T | null> => {
    try {
      const found = await look();
      trouble = "";
      return found;
    } catch (error) {
      limits.signal.throwIfAborted();
      trouble = ` (${error instanceof Error ? error.message : String(error)})`;
      return null;
    }
  };
  const found = await waitFor(lookSafely, { ...limits, everyMs: 300 });
  if (found === null) {
    throw new StepFailed(`${expected} was not seen within ${limits.timeoutMs / 1_000} s${trouble}`);
  }
  return found;
}

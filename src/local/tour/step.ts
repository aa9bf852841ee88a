import { waitFor } from "../wait-for.ts";

/** A step of the tour did not come out as it should; the message is for people. */
export class StepFailed extends Error {}

/** Looks until something is found; a step that finds nothing in time fails, saying what was expected. */
export async function mustFind<T>(
  expected: string,
  look: () => Promise<T | null>,
  limits: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<T> {
  const found = await waitFor(look, { ...limits, everyMs: 300 });
  if (found === null) throw new StepFailed(`${expected} did not happen within ${limits.timeoutMs / 1_000} s`);
  return found;
}

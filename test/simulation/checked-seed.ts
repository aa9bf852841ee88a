import { type SeedOptions, type SeedResult, runSeed } from "./run-seed.ts";

/** One seed in so many is run twice. */
const repeatEvery = 50;

/** Runs a seed; some of them twice, to see that the trace is the same (invariant 11). */
export async function checkedSeed(seed: number, options: SeedOptions = {}): Promise<SeedResult> {
  const result = await runSeed(seed, options);
  if (result.broken !== null || seed % repeatEvery !== 0) return result;
  // With every promise waited for after every act: that may make no difference.
  const again = await runSeed(seed, { ...options, settlesAlways: true });
  const checks = { ...result.checks, 11: 1 };
  if (again.fingerprint === result.fingerprint) return { ...result, checks };
  const message = `two runs differ: ${result.fingerprint} and ${again.fingerprint}`;
  return { ...result, checks, broken: { invariant: 11, message } };
}

import type { CliContext } from "./cli-context.ts";

/** Who asks, for the record: the API can only check the token. null when the environment does not say. */
export function userName({ env }: CliContext): string | null {
  const name = env["SHOWRUNNER_USER"] || env["USER"] || env["USERNAME"] || "";
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,60}$/.test(name) ? name : null;
}

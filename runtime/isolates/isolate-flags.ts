import { setFlagsFromString } from "node:v8";

/**
 * V8's flags for isolates made from now on, and not for the process's own. A young generation may take 16 MiB three times
 * over otherwise, which one script that starts with a large table makes it do: with a few dozen of them that was half of a
 * worker's memory. Compiled code depends on these.
 */
export const ISOLATE_FLAGS = ["--max-semi-space-size=2"];

/** To be called once, before the first isolate is made, wherever isolates are made or compiled for. */
export function setIsolateFlags(): void {
  for (const flag of ISOLATE_FLAGS) setFlagsFromString(flag);
}

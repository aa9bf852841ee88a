import type { Fate, SeenRequest } from "./fault-proxy.ts";
import type { SmallFleet } from "./small-fleet.ts";

interface Deaths {
  /** How often each sort of write ends a life: the first time its answer is lost, the next GitHub never hears of it. */
  readonly times?: number;
  readonly sortOf?: (seen: SeenRequest) => string | null;
  /** Called with each write that GitHub hears of. */
  readonly heard?: (seen: SeenRequest) => void;
}

/** Kills the control plane with -9 at every sort of write to GitHub. How often it died, by sort. */
export function dieAtEverySort(
  fleet: SmallFleet,
  { times = 1, sortOf = writeSort, heard = () => undefined }: Deaths = {},
): ReadonlyMap<string, number> {
  const deaths = new Map<string, number>();
  const atOnce = (): void => void fleet.kill("control-plane");
  fleet.github.fate = (seen): Fate => {
    const sort = sortOf(seen);
    if (sort === null) return { kind: "pass" };
    const died = deaths.get(sort) ?? 0;
    const isSpared = died >= times || !fleet.isRunning("control-plane");
    if (isSpared || died === 0) heard(seen);
    if (isSpared) return { kind: "pass" };
    deaths.set(sort, died + 1);
    return died === 0 ? { kind: "loseAnswer", atOnce } : { kind: "drop", atOnce };
  };
  return deaths;
}

/** "POST pulls": a write by what it does, whatever it does it to; null for what changes nothing that people see. */
export function writeSort({ method, path: route }: SeenRequest): string | null {
  if (method === "GET" || /access_tokens|git-upload-pack/.test(route)) return null;
  const [, owner] = /\/repos\/(acme\/fleet|acme\/[^/]+)\//.exec(route) ?? [];
  const what = route.replace(/^.*\/repos\/[^/]+\/[^/]+\//, "").replaceAll(/\b[0-9a-f]{40}\b|\b\d+\b/g, "N");
  return `${method} ${owner === "acme/fleet" ? "fleet " : ""}${what}`;
}

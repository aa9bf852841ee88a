import type { Repository } from "#domain/ports.ts";
import type { UpgradeForge } from "#domain/campaign/upgrade-forge.ts";
import type { Installations } from "../installations.ts";
import { createForgeClient, type ForgeClient, type WaitingClock } from "./forge-client.ts";
import { RestUpgradeForge } from "./rest-upgrade-forge.ts";
import { openRunCache } from "./run-cache.ts";

/** Upgrades as our app, through whichever installation reaches a repository. */
export interface AppForges {
  /** Waits until something may be written to a repository, and counts it; for writes that do not go through its forge. */
  takeTurn(repository: Repository): Promise<void>;
  forgeOf(repository: Repository): Promise<UpgradeForge>;
}

export interface AppForgesOptions {
  readonly installations: Pick<Installations, "tokenOf">;
  readonly apiUrl: string;
  readonly clock: WaitingClock;
  /** Takes the next turn of writing as an account at or after a time, and tells when it is; null where nobody counts. */
  readonly takeTurn: ((account: string, nowMs: number) => Promise<number>) | null;
  readonly log: (text: string) => void;
}

interface HeldForge {
  readonly token: string;
  readonly madeAtMs: number;
  readonly client: ForgeClient;
  readonly forge: UpgradeForge;
}

/** What was read is remembered this long: then there is room for other things. */
const KEPT_MS = 600_000;

/** Writes are paced by owner, as GitHub counts them by installation. */
export function createAppForges(options: AppForgesOptions): AppForges {
  const { installations, apiUrl, clock, takeTurn, log } = options;
  const held = new Map<string, HeldForge>();
  const heldFor = async (repository: Repository): Promise<HeldForge> => {
    const token = await installations.tokenOf(repository, "upgrade");
    const [account = ""] = repository.fullName.split("/");
    const known = held.get(account);
    if (known?.token === token && clock.now() - known.madeAtMs < KEPT_MS) return known;
    const client = createForgeClient({
      apiUrl,
      token,
      clock,
      pace: null,
      earlierWritesMs: [],
      sharedTurn: takeTurn === null ? null : (nowMs) => takeTurn(account, nowMs),
      log,
    });
    const forge = new RestUpgradeForge(client, await openRunCache(null, ""), clock);
    const made = { token, madeAtMs: clock.now(), client, forge };
    held.set(account, made);
    return made;
  };

  return {
    forgeOf: async (repository) => (await heldFor(repository)).forge,
    takeTurn: async (repository) => (await heldFor(repository)).client.takeTurn(),
  };
}

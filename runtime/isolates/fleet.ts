import type { InstanceReport, RegionDocument } from "#schemas/types.ts";
import { buildRouteTable, type RouteEntry } from "../gateway/route-table.ts";
import type { WorkerRoute, WorkerVariant } from "../worker-messages.ts";
import { chooseInstances } from "./choose-instances.ts";
import { GroupGate } from "./group-gate.ts";
import type { LiveInstance } from "./live-instance.ts";
import type { InstanceIdentity } from "./script-instance.ts";
import { Unit, type UnitDeps } from "./unit.ts";

/** A digest that serves, as kept on disk over restarts. */
export type ServingDigest = InstanceIdentity;

export interface FleetDeps extends Omit<UnitDeps, "putInService" | "takeOutOfService"> {
  /** What served before the process restarted. */
  readonly fallbacks: readonly ServingDigest[];
  readonly onServingChanged: (serving: readonly ServingDigest[]) => void;
  /** Settles when the workers follow the routes. */
  readonly onRoutes: (routes: readonly WorkerRoute[]) => Promise<void>;
}

export interface Readiness {
  readonly serving: readonly string[];
  readonly failed: readonly string[];
  readonly waiting: readonly string[];
}

/** All that this node runs. Each unit gets to its own goal by itself, so that none holds another up. */
export class InstanceFleet {
  readonly #deps: FleetDeps;
  readonly #units = new Map<string, Unit>();
  /** Units that serve, in the order in which they began: the order in which routes are granted. */
  readonly #serving = new Map<Unit, LiveInstance>();
  readonly #gate = new GroupGate<Unit, LiveInstance>({
    unitOf: (member) => this.#units.get(`${member}/stable`) ?? null,
    isSettled: (unit) => unit.wanted === null || unit.current?.identity.digest === unit.wanted.digest,
    switchAll: async (ready) => this.#activate(ready),
  });

  constructor(deps: FleetDeps) {
    this.#deps = deps;
  }

  /** Makes the document, seen from this slot, the goal of every unit. */
  apply(document: RegionDocument, slot: number): void {
    const wanted = new Map(
      chooseInstances(document, slot, this.#deps.nowMs()).map((instance) => [keyOf(instance), instance]),
    );
    for (const [key, unit] of this.#units) {
      if (unit.isEmpty && !wanted.has(key)) this.#units.delete(key);
    }
    for (const [key, instance] of wanted) {
      const unit = this.#units.get(key) ?? this.#addUnit(key, instance);
      unit.want(instance);
    }
    for (const [key, unit] of this.#units) if (!wanted.has(key)) unit.want(null);
    this.#gate.setGroups(document.groups ?? []);
    // Which version is the default, and who gets what share, may change without any change of digests.
    void this.announceRoutes();
  }

  /** Tells the workers what to follow, as it is now. */
  async announceRoutes(): Promise<void> {
    await this.#deps.onRoutes(this.#workerRoutes());
  }

  /** Where each wanted unit stands, by `script@version/role`. */
  readiness(): Readiness {
    const units = [...this.#units.entries()].filter(([, unit]) => unit.wanted !== null);
    const at = (standing: Unit["standing"]): string[] =>
      units.filter(([, unit]) => unit.standing === standing).map(([key]) => key);
    return { serving: at("serving"), failed: at("failed"), waiting: at("waiting") };
  }

  reports(nowMs: number): InstanceReport[] {
    return [...this.#units.values()].flatMap((unit) => unit.reports(nowMs));
  }

  /** The instance that workers know by this number, or null when it is gone. */
  byNumber(number: number): LiveInstance | null {
    return this.liveInstances().find((live) => live.number === number) ?? null;
  }

  liveInstances(): LiveInstance[] {
    return [...this.#units.values()].flatMap((unit) => unit.liveInstances());
  }

  dispose(): void {
    for (const unit of this.#units.values()) unit.dispose();
  }

  #addUnit(key: string, identity: InstanceIdentity): Unit {
    const fallback = this.#deps.fallbacks.find((serving) => keyOf(serving) === key);
    const unit = new Unit(identity, fallback?.digest ?? null, {
      ...this.#deps,
      putInService: async (owner, live, attempt) => this.#putInService(owner, live, attempt),
      takeOutOfService: (owner) => {
        if (!this.#serving.delete(owner)) return;
        void this.announceRoutes();
        this.#announce();
      },
    });
    this.#units.set(key, unit);
    return unit;
  }

  async #putInService(unit: Unit, live: LiveInstance, attempt: AbortSignal): Promise<string | null> {
    // What serves nothing yet has nothing to keep in step with.
    const isBound = unit.role === "stable" && unit.current !== null;
    if (!isBound || !this.#gate.binds(versionKeyOf(unit))) return this.#activate([[unit, live]]);
    return this.#gate.pass(unit, live, attempt);
  }

  /** All of them in one step, or none. */
  async #activate(changes: readonly (readonly [Unit, LiveInstance])[]): Promise<string | null> {
    const serving = new Map(this.#serving);
    for (const [unit, live] of changes) {
      // A unit that serves already keeps its place, and so its route; one whose route is new asks last.
      if (serving.get(unit)?.settings.route !== live.settings.route) serving.delete(unit);
      serving.set(unit, live);
    }
    const { conflicts } = buildRouteTable(this.#entries(serving));
    const conflict = conflicts.find(({ script, version }) =>
      changes.some(([unit]) => script === unit.script && version === unit.version),
    );
    if (conflict !== undefined) return `the route ${conflict.route} belongs to ${conflict.ownedBy}`;
    this.#serving.clear();
    for (const [owner, instance] of serving) this.#serving.set(owner, instance);
    await this.announceRoutes();
    this.#announce();
    return null;
  }

  /** Each version that serves, with all that this node is to run of it. */
  #workerRoutes(): WorkerRoute[] {
    return this.#entries(this.#serving).map(({ script, version, isDefault, route }) => {
      const units = [...this.#units.values()].filter(
        (unit) => unit.script === script && unit.version === version,
      );
      const variants = units.flatMap((unit): WorkerVariant[] => {
        const live = this.#serving.get(unit) ?? null;
        const { wanted } = unit;
        if (wanted === null) return [];
        const { role, weight, runId, stickyBy, expiresAtMs } = wanted;
        const target =
          live === null
            ? null
            : { instance: live.number, settings: live.settings, standing: this.#deps.standingOf(live) };
        const digest = live?.identity.digest ?? wanted.digest;
        return [{ role, digest, weight, runId, stickyBy, expiresAtMs, target }];
      });
      const isKilled = units.some((unit) => unit.wanted?.isKilled === true);
      return { script, version, isDefault, isKilled, route, variants };
    });
  }

  #announce(): void {
    const serving = [...this.#serving.values()].map(({ identity }) => identity);
    const keys = new Set(serving.map(keyOf));
    // What served before a restart stays on record until its unit serves: the next restart may come first.
    const pending = this.#deps.fallbacks.filter((fallback) => {
      const key = keyOf(fallback);
      return !keys.has(key) && this.#units.get(key)?.wanted != null;
    });
    this.#deps.onServingChanged([...serving, ...pending]);
  }

  /** Traffic goes to the stable role; another role answers only for a version that has no stable one. */
  #entries(serving: ReadonlyMap<Unit, LiveInstance>): RouteEntry<LiveInstance>[] {
    const withStable = new Set([...serving.keys()].filter(({ role }) => role === "stable").map(versionKeyOf));
    return [...serving].flatMap(([unit, live]) => {
      if (unit.role !== "stable" && withStable.has(versionKeyOf(unit))) return [];
      const { script, version } = unit;
      const isDefault = unit.wanted?.isDefault ?? false;
      return [{ script, version, isDefault, route: live.settings.route, target: live }];
    });
  }
}

function keyOf({ script, version, role }: Pick<InstanceIdentity, "script" | "version" | "role">): string {
  return `${script}@${version}/${role}`;
}

function versionKeyOf({ script, version }: Pick<InstanceIdentity, "script" | "version">): string {
  return `${script}@${version}`;
}

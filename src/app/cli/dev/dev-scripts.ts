import path from "node:path";
import type { NodeReport } from "#schemas/types.ts";
import type { DevControlPlane, DevUnit } from "./dev-control-plane.ts";
import type { Refusal } from "./dev-gateway.ts";
import type { DevLog } from "./dev-log.ts";
import type { BrokenScript, BuildOutcome, BuildProblem, FoundScript } from "./dev-script.ts";
import { isOnItsWay, refusalOf, withReport, type UnitState } from "./dev-unit.ts";
import { findScripts } from "./find-scripts.ts";
import { FolderWatcher } from "./folder-watcher.ts";
import { findRouted, type Routed } from "./route-finder.ts";
import { ScriptBuilder } from "./script-builder.ts";
import { SourceMaps } from "./source-maps.ts";

export interface DevScriptsOptions {
  /** Real path of the folder served. */
  readonly root: string;
  readonly log: DevLog;
  readonly controlPlane: DevControlPlane;
}

interface Unit extends Routed {
  readonly name: string;
  readonly source: string;
  /** Null when there is nothing that could be built. */
  readonly builder: ScriptBuilder | null;
  state: UnitState;
  /** What the last sound build read; null when the last build failed, and any change may mend it. */
  inputs: ReadonlySet<string> | null;
  /** The last digest that the node was told of; it stays in the document while the script is broken. */
  digest: string | null;
  /** Milliseconds on the process's clock when the files last changed. */
  changedMs: number;
}

/** The scripts of the folder, kept up with their files: found, built, published, and followed on the node. */
export class DevScripts {
  readonly #options: DevScriptsOptions;
  readonly #watcher: FolderWatcher;
  readonly #maps = new SourceMaps();
  /** By source. */
  readonly #units = new Map<string, Unit>();
  #waiting = new Set<() => void>();
  /** Runs one round of changes after the other. */
  #work: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(options: DevScriptsOptions) {
    this.#options = options;
    this.#watcher = new FolderWatcher(
      (paths) => {
        this.#enqueue(paths);
      },
      (message) => {
        options.log.bad(message);
      },
    );
  }

  /** Settles when the first round is with the node. */
  async start(): Promise<void> {
    this.#enqueue(null);
    await this.#work;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#watcher.close();
    await this.#work;
    await Promise.all([...this.#units.values()].map(async ({ builder }) => builder?.dispose()));
  }

  routes(): string[] {
    return [...this.#units.values()].map(({ route }) => route).sort();
  }

  /** Stack traces in terms of the files that people wrote. */
  translate(text: string): string {
    return this.#maps.translate(text);
  }

  /** Settles when no script is on its way any more, or after `ms`. */
  async settled(ms: number): Promise<void> {
    await this.#until(() => ![...this.#units.values()].some(({ state }) => isOnItsWay(state)), ms);
  }

  /** What serves this path, once its last save has come through; null when nothing does. */
  async find(requestPath: string, waitMsMax: number): Promise<{ readonly refusal: Refusal | null } | null> {
    const find = (): Unit | null => findRouted(this.#units.values(), requestPath);
    await this.#until(() => {
      const unit = find();
      return unit === null || !isOnItsWay(unit.state);
    }, waitMsMax);
    const unit = find();
    return unit === null ? null : { refusal: refusalOf(unit.name, unit.state) };
  }

  takeReport(report: NodeReport): void {
    for (const unit of this.#units.values()) {
      const instances = report.instances.filter(
        ({ script, version }) => script === unit.name && version === unit.version,
      );
      const before = unit.state;
      unit.state = withReport(before, instances);
      if (unit.state === before) continue;
      const warmupMs = instances.find(({ state }) => state === "serving")?.warmupMs ?? 0;
      this.#tell(unit, before, warmupMs);
    }
    this.#wakeWaiting();
  }

  #tell({ state, name, route, changedMs, builder }: Unit, before: UnitState, warmupMs: number): void {
    if (state.kind === "failed") {
      this.#options.log.bad(`${name} does not start: ${state.code}: ${this.translate(state.message)}`);
    } else if (state.kind === "serving" && before.kind !== "serving") {
      const { limits, warmup } = builder?.script.settings ?? { limits: null, warmup: [] };
      const runs = warmup.reduce((sum, { times }) => sum + times, 0);
      const warm = runs === 0 ? "no warm-up" : `${runs} warm-up requests in ${Math.round(warmupMs)} ms`;
      const allowed =
        limits === null ? "" : `, ${limits.memoryMb} MB, ${limits.cpuMs} ms CPU, ${limits.wallMs} ms`;
      const ms = Math.round(performance.now() - changedMs);
      this.#options.log.good(`${name} serves ${route} after ${ms} ms (${warm}${allowed})`);
    }
  }

  /** Null means everything. */
  #enqueue(paths: ReadonlySet<string> | null): void {
    const changedMs = performance.now();
    this.#work = this.#work
      .then(async () => (this.#isClosed ? undefined : this.#round(paths, changedMs)))
      .catch((error: unknown) => {
        this.#options.log.bad(`A change was not taken in: ${String(error)}`);
      });
  }

  async #round(paths: ReadonlySet<string> | null, changedMs: number): Promise<void> {
    const found = await findScripts(this.#options.root);
    const isRemoved = await this.#dropMissing([...found.scripts, ...found.broken]);
    for (const broken of found.broken) await this.#takeBroken(broken);
    const due = await this.#takeFound(found.scripts, paths, changedMs);
    const outcomes = await Promise.all(due.map(async (unit) => this.#build(unit)));
    if (this.#isClosed) return;
    if (isRemoved || outcomes.includes("changed") || paths === null) this.#publish();
    this.#watch(found.folders);
    this.#wakeWaiting();
  }

  async #dropMissing(found: readonly { readonly source: string }[]): Promise<boolean> {
    const sources = new Set(found.map(({ source }) => source));
    const gone = [...this.#units.values()].filter(({ source }) => !sources.has(source));
    for (const unit of gone) {
      this.#units.delete(unit.source);
      this.#maps.delete(unitName(unit));
      await unit.builder?.dispose();
      this.#options.log.info(`${unit.name} is gone from ${unit.route}`);
    }
    return gone.length > 0;
  }

  async #takeBroken({ source, name, route, problems }: BrokenScript): Promise<void> {
    const known = this.#units.get(source);
    await known?.builder?.dispose();
    const unit: Unit = {
      name: known?.name ?? name,
      // A manifest that is being written still has the route that it had.
      route: known?.route ?? route,
      version: known?.version ?? "1",
      isDefault: known?.isDefault ?? true,
      source,
      builder: null,
      state: known?.state ?? { kind: "building" },
      inputs: null,
      digest: known?.digest ?? null,
      changedMs: performance.now(),
    };
    this.#units.set(source, unit);
    this.#breakUnit(unit, problems);
  }

  /** The units that a change of these paths concerns. */
  async #takeFound(
    scripts: readonly FoundScript[],
    paths: ReadonlySet<string> | null,
    changedMs: number,
  ): Promise<readonly Unit[]> {
    const defaults = newestVersions(scripts);
    const due: Unit[] = [];
    for (const script of scripts) {
      const known = this.#units.get(script.source);
      const { name, version, route } = script.settings;
      const isDefault = defaults.get(name) === version;
      const isSame =
        known?.builder != null &&
        known.isDefault === isDefault &&
        JSON.stringify(known.builder.script) === JSON.stringify(script);
      if (isSame) {
        if (!concerns(paths, known.inputs)) continue;
        known.changedMs = changedMs;
        due.push(known);
        continue;
      }
      await known?.builder?.dispose();
      const unit: Unit = {
        name,
        version,
        route,
        isDefault,
        source: script.source,
        builder: new ScriptBuilder(this.#options.root, script),
        state: { kind: "building" },
        inputs: null,
        digest: known?.digest ?? null,
        changedMs,
      };
      this.#units.set(script.source, unit);
      due.push(unit);
    }
    return due;
  }

  async #build(unit: Unit): Promise<"changed" | "same"> {
    const outcome: BuildOutcome = (await unit.builder?.build()) ?? { ok: false, problems: [] };
    if (!outcome.ok) {
      unit.inputs = null;
      this.#breakUnit(unit, outcome.problems);
      return "same";
    }
    unit.inputs = new Set(outcome.inputs);
    const digest = this.#options.controlPlane.addBundle(outcome.bundle);
    const isSettled =
      unit.state.kind === "serving" || unit.state.kind === "failed" || unit.state.kind === "published";
    if (isSettled && unit.digest === digest) return "same";
    const entry = unit.builder?.script.entry ?? unit.source;
    const folder = path.relative(this.#options.root, path.dirname(entry));
    this.#maps.set(unitName(unit), outcome.sourceMap, folder);
    unit.state = { kind: "published", digest, sinceMs: performance.now() };
    unit.digest = digest;
    return "changed";
  }

  #breakUnit(unit: Unit, problems: readonly BuildProblem[]): void {
    const isNews =
      unit.state.kind !== "broken" || JSON.stringify(unit.state.problems) !== JSON.stringify(problems);
    unit.state = { kind: "broken", problems };
    if (isNews) this.#options.log.problems(unit.name, problems);
  }

  #publish(): void {
    const units: DevUnit[] = [];
    for (const { name, version, isDefault, digest } of this.#units.values()) {
      if (digest !== null) units.push({ name, version, isDefault, digest });
    }
    // The node refuses a document that takes everything away; nothing leads to what it keeps running then.
    if (units.length === 0) return;
    const egress = [...this.#units.values()].flatMap(({ builder }) => builder?.script.settings.egress ?? []);
    this.#options.controlPlane.publish(units, [...new Set(egress)]);
  }

  /** The folder's own folders, and those of files outside that scripts take in. */
  #watch(folders: readonly string[]): void {
    const inputs = [...this.#units.values()].flatMap(({ inputs: files }) => [...(files ?? [])]);
    const outside = inputs
      .filter((file) => !file.includes(`${path.sep}node_modules${path.sep}`))
      .map((file) => path.dirname(file));
    this.#watcher.watch([...new Set([...folders, ...outside])]);
  }

  async #until(holds: () => boolean, ms: number): Promise<void> {
    const deadlineMs = performance.now() + ms;
    while (!holds()) {
      const leftMs = deadlineMs - performance.now();
      if (leftMs <= 0 || this.#isClosed) return;
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          clearTimeout(timer);
          this.#waiting.delete(wake);
          resolve();
        };
        const timer = setTimeout(wake, leftMs);
        this.#waiting.add(wake);
      });
    }
  }

  #wakeWaiting(): void {
    for (const wake of this.#waiting) wake();
  }
}

function unitName({ name, version }: { readonly name: string; readonly version: string }): string {
  return `${name}@${version}`;
}

/** A build that failed is tried again on any change. */
function concerns(paths: ReadonlySet<string> | null, inputs: ReadonlySet<string> | null): boolean {
  if (paths === null || inputs === null) return true;
  for (const changed of paths) if (inputs.has(changed)) return true;
  return false;
}

/** Of each script the version that answers where none is asked for: the highest. */
function newestVersions(scripts: readonly FoundScript[]): ReadonlyMap<string, string> {
  const newest = new Map<string, string>();
  for (const { settings } of scripts) {
    const known = newest.get(settings.name);
    const isNewer = known === undefined || known.localeCompare(settings.version, "en", { numeric: true }) < 0;
    if (isNewer) newest.set(settings.name, settings.version);
  }
  return newest;
}

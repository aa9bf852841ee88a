import { assertNever } from "#domain/assert-never.ts";
import type { FileChange } from "#domain/ports.ts";
import { holdPath, holdText } from "#domain/reconcile/hold-file.ts";
import { freezePath, freezeText } from "#domain/reconcile/stop-files.ts";
import type { Act, ActKind, CommandKind } from "./people.ts";
import { quickRelease, releasePlace } from "./quick-release.ts";
import { type Behaviour, behaviourOf, brokenManifest, sourceText } from "./revisions.ts";
import { type PlannedScript, type Scenario, fleetRepositoryId } from "./scenario.ts";
import type { SimulatedPull, SimulatedRepository } from "./simulated-github.ts";
import type { World } from "./world.ts";

type PullAct = Extract<Act, { kind: "pull" }>;
type CommandAct = Extract<Act, { kind: "command" }>;

/** Asks the control plane; null when nobody answers, or the operation is refused. */
export type Operate = (
  kind: CommandKind,
  target: string,
  forMs: number | null,
) => Promise<"done" | "refused" | "failed">;

const brokenText = "kind: Release\nstable: [this, is: no release\n";

/** Does what the scenario's people do, and puts things right at the end. */
export class PeopleAtWork {
  readonly counts = new Map<ActKind, number>();
  readonly #scenario: Scenario;
  readonly #world: World;
  readonly #note: (who: string, what: string) => void;
  /** What the check of a commit must say. */
  readonly #verdicts: Map<string, "valid" | "invalid">;
  readonly #operate: Operate;
  /** Pull requests of changes that nobody merged yet. */
  readonly #forgotten: { readonly repository: SimulatedRepository; readonly pull: SimulatedPull }[] = [];
  #revision = 0;
  #changes = 0;

  constructor(
    scenario: Scenario,
    world: World,
    parts: {
      readonly verdicts: Map<string, "valid" | "invalid">;
      readonly note: (who: string, what: string) => void;
      readonly operate: Operate;
    },
  ) {
    const { verdicts, note, operate } = parts;
    this.#operate = operate;
    this.#verdicts = verdicts;
    this.#scenario = scenario;
    this.#world = world;
    this.#note = note;
  }

  begin(): void {
    for (const act of this.#scenario.acts) {
      if (act.kind === "command") {
        this.#world.time.goOnAfter(act.atMs, () => void this.#command(act));
        continue;
      }
      this.#world.time.after(act.atMs, () => {
        this.#count(act.kind);
        this.#perform(act);
      });
    }
  }

  #count(kind: ActKind): void {
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
  }

  /** Takes every stop back, mends what was broken, and merges a good revision where a bad one is at the head. */
  settle(): void {
    this.liftStops();
    for (const { repository, pull } of this.#forgotten) {
      if (pull.state === "open") this.#world.github.mergePull(repository, pull);
    }
    for (const script of this.#scenario.scripts) {
      const repository = this.#world.github.repository(script.repositoryId);
      const { files } = repository.head();
      const behaviour = behaviourOf(files.get(fileOf(script, "src/index.ts")) ?? "");
      const isReadable = files.get(fileOf(script, "showrunner.yaml")) === script.manifest;
      const isMember = this.#scenario.group?.keys.includes(script.key) === true;
      // The others of a group would wait for ever for what cannot be read or built.
      if (isMember && (behaviour === "unbuildable" || !isReadable)) this.#openAndMerge(script, "healthy");
      else if (behaviour !== "healthy") this.#mend(script, repository);
    }
  }

  /** Again when what was asked for before is done. */
  liftStops(): void {
    const fleet = this.#fleet();
    const changes: FileChange[] = [];
    if (fleet.head().files.get("fleet.yaml") !== this.#scenario.fleetText) {
      changes.push({ path: "fleet.yaml", content: this.#scenario.fleetText });
    }
    for (const [path, text] of fleet.head().files) {
      if (path.startsWith("holds/") && text.includes("mode: pause")) changes.push({ path, content: null });
      if (path.startsWith("freezes/")) changes.push({ path, content: null });
      if (releasePlace(path) && text === brokenText)
        changes.push({ path, content: this.#lastGood(fleet, path) });
    }
    if (changes.length > 0) this.#commit(fleet, changes, "Lift every stop");
  }

  /** Half of the bad revisions at the head are left as they are; others are mended, or the proposed revert is merged. */
  #mend(script: PlannedScript, repository: SimulatedRepository): void {
    const choice = (this.#scenario.seed + script.key.length) % 4;
    if (choice < 2) return;
    // A revert would leave the others of its group waiting for their half.
    const isMember = this.#scenario.group?.keys.includes(script.key) === true;
    const [name = "", version = ""] = script.key.split("@");
    const branch = `showrunner/revert-${name}-${version}-`;
    const revert = [...repository.pulls.values()].findLast(
      (pull) => pull.state === "open" && pull.branch.startsWith(branch),
    );
    if (choice === 2 && revert && !isMember) this.#world.github.mergePull(repository, revert);
    else this.#openAndMerge(script, "healthy");
  }

  #perform(act: Exclude<Act, CommandAct>): void {
    switch (act.kind) {
      case "change":
        return this.#openChange(act);
      case "pull":
        return this.#openPull(act);
      case "pause":
        return this.#pause(act.key, act.forMs);
      case "freeze":
        return this.#freeze(act);
      case "abort":
      case "rollback":
        return this.#takeBack(act.kind, act.key);
      case "closeRegion":
        return this.#closeRegion(act.region);
      case "breakRelease": {
        const path = `releases/${act.region}/${act.key}.yaml`;
        return this.#commit(this.#fleet(), [{ path, content: brokenText }], `Edit ${path} by hand`);
      }
      case "unrelatedCommit":
        return this.#commit(
          this.#fleet(),
          [{ path: "README.md", content: `${this.#world.time.nowMs}\n` }],
          "Say something in the README",
        );
      default:
        return assertNever(act);
    }
  }

  #openPull(act: PullAct): void {
    const script = this.#script(act.key);
    const { github, time } = this.#world;
    const repository = github.repository(script.repositoryId);
    const changes = this.#newRevision(script, act.behaviour, act.manifestIsValid);
    this.#revision += 1;
    const title = `${act.key} revision ${this.#revision} (${act.behaviour}${act.manifestIsValid ? "" : ", broken manifest"})`;
    const pull = github.openPull(repository, `change-${this.#revision}`, changes, "maya", title);
    this.#expect(pull, act);
    if (act.pushedAgainAfterMs !== null) {
      time.after(act.pushedAgainAfterMs, () => {
        if (pull.state !== "open") return;
        const again = this.#newRevision(script, act.behaviour, act.manifestIsValid);
        github.updatePull(repository, pull, again, act.isForced);
        this.#expect(pull, act);
      });
    }
    if (act.mergedAfterMs !== null) {
      time.after(act.mergedAfterMs, () => github.mergePull(repository, pull));
    }
  }

  #openChange({ parts }: Extract<Act, { kind: "change" }>): void {
    const { github, time } = this.#world;
    this.#changes += 1;
    for (const { key, behaviour, mergedAfterMs } of parts) {
      const script = this.#script(key);
      const repository = github.repository(script.repositoryId);
      const changes = this.#newRevision(script, behaviour, true);
      const title = `${key} revision ${this.#revision} (${behaviour})`;
      const message = `${title}\n\nShowrunner-Change: evening-${this.#changes}`;
      const pull = github.openPull(repository, `change-${this.#revision}`, changes, "maya", message);
      this.#verdicts.set(pull.headSha, "valid");
      if (mergedAfterMs === null) this.#forgotten.push({ repository, pull });
      else time.after(mergedAfterMs, () => github.mergePull(repository, pull));
    }
  }

  async #command(act: CommandAct): Promise<void> {
    const { operation, target, forMs, expires } = act;
    await this.#ask(operation, target, operation === "freeze" && expires ? forMs : null, () => {
      const end = operation === "pause" ? "resume" : operation === "freeze" && !expires ? "unfreeze" : null;
      if (end !== null) this.#world.time.goOnAfter(forMs, () => void this.#ask(end, target, null));
    });
  }

  async #ask(kind: CommandKind, target: string, forMs: number | null, onDone?: () => void): Promise<void> {
    const outcome = await this.#operate(kind, target, forMs);
    this.#note("maya", `${kind} ${target}: ${outcome}`);
    if (outcome !== "done") return;
    this.#count(`command ${kind}`);
    onDone?.();
  }

  #expect(pull: SimulatedPull, act: PullAct): void {
    const isValid = act.manifestIsValid && act.behaviour !== "unbuildable";
    this.#verdicts.set(pull.headSha, isValid ? "valid" : "invalid");
  }

  #openAndMerge(script: PlannedScript, behaviour: Behaviour): void {
    const { github } = this.#world;
    const repository = github.repository(script.repositoryId);
    this.#revision += 1;
    const changes = this.#newRevision(script, behaviour, true);
    const title = `${script.key} revision ${this.#revision} (${behaviour})`;
    const pull = github.openPull(repository, `change-${this.#revision}`, changes, "maya", title);
    github.mergePull(repository, pull);
  }

  #newRevision(script: PlannedScript, behaviour: Behaviour, manifestIsValid: boolean): FileChange[] {
    this.#revision += 1;
    const source = { path: fileOf(script, "src/index.ts"), content: sourceText(this.#revision, behaviour) };
    const manifest = manifestIsValid ? script.manifest : brokenManifest(script.manifest);
    return [source, { path: fileOf(script, "showrunner.yaml"), content: manifest }];
  }

  #pause(key: string, forMs: number): void {
    const fleet = this.#fleet();
    const [script = "", version = ""] = key.split("@");
    const path = holdPath(script, version);
    // One hold a version: whoever comes second leaves the first alone.
    if (fleet.head().files.has(path)) return;
    const text = holdText({
      kind: "Hold",
      script,
      version,
      mode: "pause",
      reason: "looks odd",
      by: "@maya",
      at: new Date(this.#world.time.nowMs).toISOString(),
    });
    this.#commit(fleet, [{ path, content: text }], `Pause ${key}`);
    this.#world.time.after(forMs, () => {
      if (fleet.head().files.get(path) === text)
        this.#commit(fleet, [{ path, content: null }], `Resume ${key}`);
    });
  }

  #freeze({ scope, forMs, expires }: Extract<Act, { kind: "freeze" }>): void {
    const fleet = this.#fleet();
    const { time } = this.#world;
    const path = freezePath(scope);
    if (fleet.head().files.has(path)) return;
    const text = freezeText({
      kind: "Freeze",
      scope,
      reason: "a big evening",
      by: "@maya",
      at: new Date(time.nowMs).toISOString(),
      ...(expires && { until: new Date(time.nowMs + forMs).toISOString() }),
    });
    this.#commit(fleet, [{ path, content: text }], `Freeze ${scope}`);
    if (expires) return;
    time.after(forMs, () => {
      if (fleet.head().files.get(path) === text)
        this.#commit(fleet, [{ path, content: null }], `Unfreeze ${scope}`);
    });
  }

  /** Holds back what is on its way; nothing where nothing is. */
  #takeBack(mode: "abort" | "rollback", key: string): void {
    const fleet = this.#fleet();
    const [script = "", version = ""] = key.split("@");
    const path = holdPath(script, version);
    if (fleet.head().files.has(path)) return;
    for (const { name } of this.#scenario.regions) {
      const text = fleet.head().files.get(`releases/${name}/${key}.yaml`);
      const release = text === undefined ? null : quickRelease(text);
      if (!release?.next || !release.nextCommit || !release.stable || !release.stableCommit) continue;
      const hold = holdText({
        kind: "Hold",
        script,
        version,
        mode,
        revision: { digest: release.next, commit: release.nextCommit },
        ...(mode === "rollback" && { to: { digest: release.stable, commit: release.stableCommit } }),
        reason: "customers complain",
        by: "@maya",
        at: new Date(this.#world.time.nowMs).toISOString(),
      });
      return this.#commit(fleet, [{ path, content: hold }], `${mode} ${key}`);
    }
  }

  /** Its window opens in four hours: what has to be everywhere before cannot be promised. */
  #closeRegion(region: string): void {
    const fleet = this.#fleet();
    const opensAt = new Date(this.#world.time.nowMs + 4 * 3_600_000);
    const hour = String(opensAt.getUTCHours()).padStart(2, "0");
    const text = this.#scenario.fleetText.replace(
      new RegExp(`(  ${region}: \\{ timezone: )[^,]+(.*?)(, windows: .*?)? \\}`),
      `$1UTC$2, windows: ["Mon-Sun ${hour}:00-${hour}:59"] }`,
    );
    this.#commit(fleet, [{ path: "fleet.yaml", content: text }], `Close ${region} for now`);
  }

  #lastGood(fleet: SimulatedRepository, path: string): string | null {
    for (let commit = fleet.head().parent; commit; commit = commit.parent) {
      const text = commit.files.get(path);
      if (text !== undefined && text !== brokenText) return text;
    }
    return null;
  }

  #commit(fleet: SimulatedRepository, changes: readonly FileChange[], message: string): void {
    this.#world.github.push(fleet, fleet.defaultBranch, changes, "maya", message);
    this.#note("maya", message);
  }

  #fleet(): SimulatedRepository {
    return this.#world.github.repository(fleetRepositoryId);
  }

  #script(key: string): PlannedScript {
    const found = this.#scenario.scripts.find((script) => script.key === key);
    if (!found) throw new Error(`the scenario has no script ${key}`);
    return found;
  }
}

function fileOf({ path }: PlannedScript, file: string): string {
  return path === "." ? file : `${path}/${file}`;
}

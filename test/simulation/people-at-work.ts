import { assertNever } from "#domain/assert-never.ts";
import type { FileChange } from "#domain/ports.ts";
import { holdPath, holdText } from "#domain/reconcile/hold-file.ts";
import { freezePath, freezeText } from "#domain/reconcile/stop-files.ts";
import type { Act, ActKind } from "./people.ts";
import { quickRelease, releasePlace } from "./quick-release.ts";
import { type Behaviour, behaviourOf, brokenManifest, sourceText } from "./revisions.ts";
import { type PlannedScript, type Scenario, fleetRepositoryId } from "./scenario.ts";
import type { SimulatedPull, SimulatedRepository } from "./simulated-github.ts";
import type { World } from "./world.ts";

type PullAct = Extract<Act, { kind: "pull" }>;

const brokenText = "kind: Release\nstable: [this, is: no release\n";

/** Does what the scenario's people do, and puts things right at the end. */
export class PeopleAtWork {
  readonly counts = new Map<ActKind, number>();
  readonly #scenario: Scenario;
  readonly #world: World;
  readonly #note: (who: string, what: string) => void;
  /** What the check of a commit must say. */
  readonly #verdicts: Map<string, "valid" | "invalid">;
  #revision = 0;

  constructor(
    scenario: Scenario,
    world: World,
    verdicts: Map<string, "valid" | "invalid">,
    note: (who: string, what: string) => void,
  ) {
    this.#verdicts = verdicts;
    this.#scenario = scenario;
    this.#world = world;
    this.#note = note;
  }

  begin(): void {
    for (const act of this.#scenario.acts) {
      this.#world.time.after(act.atMs, () => {
        this.counts.set(act.kind, (this.counts.get(act.kind) ?? 0) + 1);
        this.#perform(act);
      });
    }
  }

  /** Takes every stop back, mends what was broken, and merges a good revision where a bad one is at the head. */
  settle(): void {
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
    for (const script of this.#scenario.scripts) {
      const repository = this.#world.github.repository(script.repositoryId);
      const source = repository.head().files.get(fileOf(script, "src/index.ts")) ?? "";
      if (behaviourOf(source) !== "healthy") this.#mend(script, repository);
    }
  }

  /** Half of the bad revisions at the head are left as they are; others are mended, or the proposed revert is merged. */
  #mend(script: PlannedScript, repository: SimulatedRepository): void {
    const choice = (this.#scenario.seed + script.key.length) % 4;
    if (choice < 2) return;
    const [name = "", version = ""] = script.key.split("@");
    const branch = `showrunner/revert-${name}-${version}-`;
    const revert = [...repository.pulls.values()].findLast(
      (pull) => pull.state === "open" && pull.branch.startsWith(branch),
    );
    if (choice === 2 && revert) this.#world.github.mergePull(repository, revert);
    else this.#openAndMerge(script, "healthy");
  }

  #perform(act: Act): void {
    switch (act.kind) {
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

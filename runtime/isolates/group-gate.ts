import type { RegionGroup } from "#schemas/types.ts";

export interface GroupGateDeps<Unit, Live> {
  /** The unit of a member, `<script>@<version>`; null when this node runs none. */
  readonly unitOf: (member: string) => Unit | null;
  /** Whether it serves what it is to serve. */
  readonly isSettled: (unit: Unit) => boolean;
  /** Puts all of them into service in one step; a text says why none can go. */
  readonly switchAll: (ready: readonly (readonly [Unit, Live])[]) => Promise<string | null>;
}

interface Waiting<Live> {
  readonly live: Live;
  readonly settle: (refusal: string | null) => void;
}

/** Lets the members of a group into service together: each waits, warm, until all others are warm or serve already. */
export class GroupGate<Unit, Live> {
  readonly #deps: GroupGateDeps<Unit, Live>;
  readonly #waiting = new Map<Unit, Waiting<Live>>();
  #groups: readonly RegionGroup[] = [];

  constructor(deps: GroupGateDeps<Unit, Live>) {
    this.#deps = deps;
  }

  /** Those of the document in force. */
  setGroups(groups: readonly RegionGroup[]): void {
    this.#groups = groups;
    this.#letPass();
  }

  binds(member: string): boolean {
    return this.#groups.some((group) => group.scripts.includes(member));
  }

  /** Null once it is in service; else why it cannot go there. A newer document ends the wait. */
  async pass(unit: Unit, live: Live, attempt: AbortSignal): Promise<string | null> {
    return new Promise((resolve) => {
      const waiting: Waiting<Live> = { live, settle: resolve };
      this.#waiting.set(unit, waiting);
      const giveUp = (): void => {
        if (this.#waiting.get(unit) !== waiting) return;
        this.#waiting.delete(unit);
        resolve("a newer document came");
      };
      attempt.addEventListener("abort", giveUp, { once: true });
      this.#letPass();
    });
  }

  #letPass(): void {
    for (const group of this.#groups) {
      const units = group.scripts.map(this.#deps.unitOf).filter((unit) => unit !== null);
      const ready = units.flatMap((unit) => {
        const waiting = this.#waiting.get(unit);
        return waiting === undefined ? [] : [{ unit, ...waiting }];
      });
      const isComplete = units.every((unit) => this.#waiting.has(unit) || this.#deps.isSettled(unit));
      if (ready.length === 0 || !isComplete) continue;
      for (const { unit } of ready) this.#waiting.delete(unit);
      void this.#deps
        .switchAll(ready.map(({ unit, live }) => [unit, live]))
        .then((refusal) => ready.forEach(({ settle }) => settle(refusal)));
    }
    // Those of a group that the document does not name any more go alone.
    for (const [unit, { live, settle }] of this.#waiting) {
      const isBound = this.#groups.some((group) =>
        group.scripts.some((member) => this.#deps.unitOf(member) === unit),
      );
      if (isBound) continue;
      this.#waiting.delete(unit);
      void this.#deps.switchAll([[unit, live]]).then(settle);
    }
  }
}

/** What can go wrong by itself; what people do is in people.ts. */
export const faultKinds = [
  /** The control plane is killed at one of its next calls, before or after the call took effect, and starts again. */
  "crash",
  /** The same, and the database is gone when it starts again. */
  "databaseLost",
  /** The process stands still, as a paused machine does. */
  "processPause",
  /** The control plane starts again with its clock up to two hours off. */
  "clockStep",
  /** GitHub's API answers 5xx. */
  "hostDown",
  "hostSlow",
  /** GitHub's API answers 403 or 429 with a time to come back. */
  "rateLimit",
  /** GitHub did what it was asked, and the answer got lost. */
  "lostAnswer",
  /** A fetch shows the state of a while ago. */
  "gitLag",
  "gitDown",
  "storeDown",
  "storeSlow",
  /** Nothing can be written to the control plane's disk: no bundle and no mirror. */
  "controlPlaneDiskFull",
  /** A bundle vanishes from the bundle store. */
  "bundleLost",
  "webhookLost",
  "webhookDuplicated",
  /** Long enough to come after later ones. */
  "webhookDelayed",
  "nodeDeath",
  "nodePartition",
  "regionPartition",
  "nodeDiskFull",
  /** A node's own clock is two hours off. */
  "nodeClockSkew",
  "reportLost",
  "reportDuplicated",
  "reportDelayed",
  "announcementLost",
  /** Most requests in a region fail, whatever revision answers them. */
  "regionTrouble",
] as const;

export type FaultKind = (typeof faultKinds)[number];

export interface Fault {
  readonly kind: FaultKind;
  /** Milliseconds after the start. */
  readonly atMs: number;
  /** How long it lasts, or how long the process stays down. */
  readonly forMs: number;
  /** How many calls or messages it hits, or which call it waits for. */
  readonly count: number;
  /** Node or region that it is about; empty where that means nothing. */
  readonly target: string;
  /** In [0, 1): decides what the kind leaves open, such as before or after. */
  readonly chance: number;
}

interface Lasting {
  readonly fault: Fault;
  left: number;
}

/** The faults in force now, and how often each kind had an effect. */
export class ActiveFaults {
  readonly counts = new Map<FaultKind, number>();
  /** Effects so far, of all kinds. */
  total = 0;
  readonly #lasting = new Map<FaultKind, Lasting[]>();
  #inForce = 0;

  begin(fault: Fault): void {
    const same = this.#lasting.get(fault.kind) ?? [];
    this.#lasting.set(fault.kind, [...same, { fault, left: fault.count }]);
    this.#inForce += 1;
  }

  end(fault: Fault): void {
    const same = this.#lasting.get(fault.kind) ?? [];
    const others = same.filter((lasting) => lasting.fault !== fault);
    this.#inForce -= same.length - others.length;
    this.#lasting.set(fault.kind, others);
  }

  endAll(): void {
    this.#lasting.clear();
    this.#inForce = 0;
  }

  isQuiet(): boolean {
    return this.#inForce === 0;
  }

  /** The fault of a kind that is in force (for the target, where it has one); counts that it had an effect. */
  hit(kind: FaultKind, target = ""): Fault | null {
    if (this.#inForce === 0) return null;
    const found = this.#lasting.get(kind)?.find((lasting) => lasting.fault.target === target);
    if (!found) return null;
    this.note(kind);
    return found.fault;
  }

  /** Whether a fault of a kind is in force, without an effect. */
  has(kind: FaultKind, target = ""): boolean {
    return this.#lasting.get(kind)?.some((lasting) => lasting.fault.target === target) ?? false;
  }

  /** As `hit`, for faults that hit so many calls or messages and no more. */
  spend(kind: FaultKind): Fault | null {
    if (this.#inForce === 0) return null;
    const found = this.#lasting.get(kind)?.find((lasting) => lasting.left > 0);
    if (!found) return null;
    found.left -= 1;
    this.note(kind);
    return found.fault;
  }

  note(kind: FaultKind): void {
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
    this.total += 1;
  }
}

import { hash } from "node:crypto";

/** Shares are counted in slots: 100 is one percent of the traffic. */
export const SLOTS = 10_000;

/** One role of a run beside stable, with its part of the traffic. */
export interface Share {
  /** canary, baseline or the name of a variant. */
  readonly role: string;
  /** Slots, 0 to 10,000. */
  readonly weight: number;
}

/** A role with the slots that are its own, as half-open ranges that overlap with no other role's. */
export interface Allocation<T extends Share> {
  readonly share: T;
  readonly ranges: readonly (readonly [from: number, to: number])[];
}

/**
 * Gives each role of one run its slots; what is left over is stable's. The order of the shares does not matter. The
 * canary has [0, s), the baseline the s slots after it. Every other role, in order of names, has a home of equal size
 * and fills it from its start, so that as long as no role outgrows its home, a changed share moves only slots between
 * that role and stable. Shares that add up to more than all slots are a mistake, and get none.
 */
export function allocate<T extends Share>(shares: readonly T[]): Allocation<T>[] {
  const ordered = shares.toSorted((a, b) => compareRoles(a.role, b.role));
  const total = ordered.reduce((sum, { weight }) => sum + weight, 0);
  if (total > SLOTS) return [];
  const pair = ordered.filter(({ role }) => isPaired(role));
  const cells = ordered.filter(({ role }) => !isPaired(role));
  const pairEnd = pair.reduce((sum, { weight }) => sum + weight, 0);
  return [...fillInTurn(pair), ...fillHomes(cells, pairEnd)];
}

/** The share that owns the slot, or null for stable. */
export function ownerOf<T extends Share>(allocations: readonly Allocation<T>[], slot: number): T | null {
  const owner = allocations.find(({ ranges }) => ranges.some(([from, to]) => slot >= from && slot < to));
  return owner?.share ?? null;
}

/** Where a client falls in a run, 0 to 9,999: the first 32 bits of SHA-256 over run, line feed and key. */
export function slotOf(runId: string, stickyKey: string): number {
  return hash("sha256", `${runId}\n${stickyKey}`, "buffer").readUInt32BE(0) % SLOTS;
}

/** Canary before baseline, and both before the others, which go by name. */
function compareRoles(a: string, b: string): number {
  if (rankOf(a) !== rankOf(b)) return rankOf(a) - rankOf(b);
  return a < b ? -1 : Number(a > b);
}

function rankOf(role: string): number {
  const rank = ["canary", "baseline"].indexOf(role);
  return rank === -1 ? 2 : rank;
}

function isPaired(role: string): boolean {
  return rankOf(role) < 2;
}

function fillInTurn<T extends Share>(shares: readonly T[]): Allocation<T>[] {
  let at = 0;
  return shares.map((share) => {
    const from = at;
    at += share.weight;
    return { share, ranges: [[from, at] as const] };
  });
}

function fillHomes<T extends Share>(shares: readonly T[], start: number): Allocation<T>[] {
  const homeSize = Math.floor((SLOTS - start) / Math.max(shares.length, 1));
  const homes = shares.map((share, index) => {
    const from = start + index * homeSize;
    const taken = Math.min(share.weight, homeSize);
    return { share, ranges: [[from, from + taken] as [number, number]], missing: share.weight - taken };
  });
  // What outgrew its home takes from the free ends of the others, furthest from their start first.
  const free = homes.map(({ ranges }, index): [number, number] => {
    const end = index === homes.length - 1 ? SLOTS : start + (index + 1) * homeSize;
    return [ranges[0]?.[1] ?? end, end];
  });
  for (const home of homes) {
    for (const gap of free.toReversed()) {
      const taken = Math.min(home.missing, gap[1] - gap[0]);
      if (taken === 0) continue;
      home.ranges.push([gap[1] - taken, gap[1]]);
      gap[1] -= taken;
      home.missing -= taken;
    }
  }
  return homes.map(({ share, ranges }) => ({ share, ranges }));
}

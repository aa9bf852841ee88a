import { windowOpen } from "../rollout/windows.ts";
import type { CampaignPolicy } from "./campaign-policy.ts";
import type { UnitStanding } from "./unit-standing.ts";

/** A unit as far as its turn depends on it. */
export interface QueuedUnit {
  readonly key: string;
  readonly owner: string;
  readonly standing: UnitStanding;
  /** How many steps of scripts that depend on each other lie before it; 0 depends on none of the campaign. */
  readonly depth: number;
  /** Requests a minute that its scripts answer; null when nobody measured it. */
  readonly perMinute: number | null;
  /** When its pull request was opened, epoch milliseconds; null without one. */
  readonly openedAtMs: number | null;
}

const HOUR_MS = 3_600_000;
/** A wave is over when this share of it was decided: a few that get no traffic must not hold up all. */
const DECIDED_SHARE = 0.8;

/**
 * The units whose pull requests are to be opened now, in order: what others depend on first, then by risk, that is
 * little traffic first. A wave opens once the ones before it were judged; each is twice as large as the one before.
 */
export function admitUnits(units: readonly QueuedUnit[], policy: CampaignPolicy, nowMs: number): string[] {
  const waiting = units.filter(({ standing }) => standing.kind === "waiting").toSorted(byRisk);
  if (policy.isUrgent) return waiting.map(({ key }) => key);
  if (policy.quiet.length > 0 && windowOpen({ timezone: "UTC", windows: policy.quiet }, nowMs)) return [];
  const opened = units.filter(({ openedAtMs }) => openedAtMs !== null);
  const open = opened.filter(({ standing }) => isOpen(standing));
  const recent = opened.filter(({ openedAtMs }) => (openedAtMs ?? 0) > nowMs - HOUR_MS);
  const room = Math.min(
    waveEnd(opened, policy.firstWave) - opened.length,
    policy.openMax - open.length,
    policy.openPerHourMax - recent.length,
  );
  const perOwner = new Map<string, number>();
  for (const { owner } of open) perOwner.set(owner, (perOwner.get(owner) ?? 0) + 1);
  const admitted: string[] = [];
  for (const { key, owner } of waiting) {
    if (admitted.length >= room) break;
    const held = perOwner.get(owner) ?? 0;
    if (held >= policy.openPerOwnerMax) continue;
    perOwner.set(owner, held + 1);
    admitted.push(key);
  }
  return admitted;
}

/** Little risk first; equal ones always in the same order. */
export function byRisk(
  a: Pick<QueuedUnit, "key" | "depth" | "perMinute">,
  b: Pick<QueuedUnit, "key" | "depth" | "perMinute">,
): number {
  return a.depth - b.depth || (a.perMinute ?? 0) - (b.perMinute ?? 0) || (a.key < b.key ? -1 : 1);
}

/** How many pull requests may have been opened at the end of the wave that is on. */
function waveEnd(opened: readonly QueuedUnit[], firstWave: number): number {
  const decided = opened.filter(({ standing }) => isDecided(standing)).length;
  let end = firstWave;
  for (let size = firstWave * 2; end <= opened.length && decided >= end * DECIDED_SHARE; size *= 2)
    end += size;
  return end;
}

function isOpen({ kind }: UnitStanding): boolean {
  return kind === "checking" || kind === "trying" || kind === "untried" || kind === "judged";
}

function isDecided({ kind }: UnitStanding): boolean {
  return kind !== "checking" && kind !== "trying";
}

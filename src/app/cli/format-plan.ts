import { DateTime } from "luxon";
import { formatDuration } from "#domain/manifest/duration.ts";
import type { RolloutPlan } from "#domain/rollout/rollout-plan.ts";
import { printable } from "./paint.ts";

/** A plan as it is printed with --json and as the API gives it; times are RFC 3339 in UTC. */
export interface PlanDocument {
  /** <name>@<version> */
  readonly script: string;
  readonly waves: readonly {
    readonly regions: readonly string[];
    readonly startsAt: string;
    readonly endsAt: string;
  }[];
  readonly completesBy: string;
}

export function planDocument(script: string, plan: RolloutPlan): PlanDocument {
  return {
    script,
    waves: plan.waves.map(({ regions, startsAtMs, endsAtMs }) => ({
      regions,
      startsAt: time(startsAtMs),
      endsAt: time(endsAtMs),
    })),
    completesBy: time(plan.completesByMs),
  };
}

function time(ms: number): string {
  return new Date(ms).toISOString();
}

/** Reads a plan from outside; null when it is none. */
export function readPlanDocument(value: unknown): PlanDocument | null {
  if (!isRecord(value)) return null;
  const { script, waves, completesBy } = value;
  if (typeof script !== "string" || !Array.isArray(waves) || !isTime(completesBy)) return null;
  const read = [];
  for (const wave of waves) {
    if (!isRecord(wave) || !Array.isArray(wave["regions"])) return null;
    const { regions, startsAt, endsAt } = wave;
    if (!regions.every((region) => typeof region === "string")) return null;
    if (!isTime(startsAt) || !isTime(endsAt)) return null;
    read.push({ regions, startsAt, endsAt });
  }
  return { script, waves: read, completesBy };
}

/** Below this, minutes are too coarse to tell the waves apart. */
const SHORT_MS = 30 * 60_000;

/** For people: the promise first, then each wave. */
export function formatPlan({ script, waves, completesBy }: PlanDocument): string {
  const [first] = waves;
  const length = first === undefined ? 0 : Date.parse(completesBy) - Date.parse(first.startsAt);
  const show = length < SHORT_MS ? exactTime : minuteTime;
  const rows = waves.map((wave, index) => {
    const names = wave.regions.map(printable).join(", ");
    return `  wave ${index + 1}  ${show(wave.startsAt)} to ${show(wave.endsAt)}  ${names}`;
  });
  const took = formatDuration(length);
  return `${printable(script)}: in every region by ${show(completesBy)} UTC (${took} from the first wave)\n${rows.join("\n")}\n`;
}

/** Rounded up, because what is promised for 14:40:20 is not there at 14:40. */
function minuteTime(text: string): string {
  return inWords(Math.ceil(Date.parse(text) / 60_000) * 60_000, "ccc d LLL HH:mm");
}

function exactTime(text: string): string {
  return inWords(Math.ceil(Date.parse(text) / 1000) * 1000, "ccc d LLL HH:mm:ss");
}

function inWords(ms: number, format: string): string {
  return DateTime.fromMillis(ms, { zone: "utc" }).toFormat(format, { locale: "en" });
}

function isTime(value: unknown): value is string {
  return typeof value === "string" && !Number.isNaN(Date.parse(value));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

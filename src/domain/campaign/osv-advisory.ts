import semver from "semver";
import type { Target } from "./assess-repository.ts";

/** What an OSV advisory says of one npm package. */
export interface AdvisoryPackage {
  readonly name: string;
  readonly ranges: readonly AffectedRange[];
  /** Versions named one by one. */
  readonly versions: ReadonlySet<string>;
}

export interface Advisory {
  readonly id: string;
  readonly aliases: readonly string[];
  readonly summary: string | null;
  /** RFC 3339, as the advisory has it; tells two editions apart. */
  readonly modified: string | null;
  /** A package made to do harm ("MAL-…"). */
  readonly isMalware: boolean;
  readonly packages: readonly AdvisoryPackage[];
}

/** From `introduced` ("0" is the beginning) until before `end`, or with it. */
interface AffectedRange {
  readonly introduced: string;
  readonly end: { readonly kind: "fixed" | "lastAffected"; readonly version: string } | null;
}

export type ReadAdvisory =
  | { readonly kind: "advisory"; readonly advisory: Advisory }
  | { readonly kind: "withdrawn"; readonly id: string }
  | { readonly kind: "invalid"; readonly reason: string };

/** Reads an advisory in the OSV format, https://ossf.github.io/osv-schema. Only npm counts, and of ranges only versions. */
export function readAdvisory(value: unknown): ReadAdvisory {
  if (!isRecord(value) || typeof value["id"] !== "string") return { kind: "invalid", reason: "it has no id" };
  const { id, withdrawn, affected, aliases, summary, modified } = value;
  if (typeof withdrawn === "string" && withdrawn !== "") return { kind: "withdrawn", id };
  const packages = (Array.isArray(affected) ? affected : []).flatMap((entry: unknown) => readAffected(entry));
  const merged = [...Map.groupBy(packages, ({ name }) => name)].map(([name, parts]) => ({
    name,
    ranges: parts.flatMap(({ ranges }) => ranges),
    versions: new Set(parts.flatMap(({ versions }) => [...versions])),
  }));
  if (merged.length === 0) return { kind: "invalid", reason: `${id} names no npm package` };
  const advisory: Advisory = {
    id,
    aliases: Array.isArray(aliases) ? aliases.filter((alias) => typeof alias === "string") : [],
    summary: typeof summary === "string" ? summary : null,
    modified: typeof modified === "string" ? modified : null,
    isMalware: id.startsWith("MAL-"),
    packages: merged,
  };
  return { kind: "advisory", advisory };
}

export function isAffected(subject: AdvisoryPackage, version: string): boolean {
  if (subject.versions.has(version)) return true;
  const parsed = semver.parse(version);
  return parsed !== null && subject.ranges.some((range) => holds(range, parsed));
}

/** Where an affected version goes: the lowest fixed one above it that is not affected itself. null when it may stay. */
export function advisoryTarget(subject: AdvisoryPackage, version: string): Target | null {
  if (!isAffected(subject, version)) return null;
  const fixes = subject.ranges
    .flatMap(({ end }) => (end?.kind === "fixed" ? [end.version] : []))
    .filter(
      (fixed) => semver.valid(fixed) !== null && semver.gt(fixed, version) && !isAffected(subject, fixed),
    );
  const lowest = fixes.sort(semver.compare)[0];
  return lowest === undefined ? { kind: "noFix" } : { kind: "version", version: lowest };
}

/** The highest of the versions that fix something and are not affected themselves; null when nothing is fixed. */
export function highestFix(subject: AdvisoryPackage): string | null {
  const fixes = subject.ranges.flatMap(({ end }) => (end?.kind === "fixed" ? [end.version] : []));
  const sound = fixes.filter((fixed) => semver.valid(fixed) !== null && !isAffected(subject, fixed));
  return sound.sort(semver.rcompare)[0] ?? null;
}

function readAffected(entry: unknown): AdvisoryPackage[] {
  if (!isRecord(entry) || !isRecord(entry["package"])) return [];
  const { name, ecosystem } = entry["package"];
  if (typeof name !== "string" || ecosystem !== "npm") return [];
  const ranges = Array.isArray(entry["ranges"]) ? entry["ranges"] : [];
  const versions = Array.isArray(entry["versions"]) ? entry["versions"] : [];
  return [
    {
      name,
      ranges: ranges.flatMap((range: unknown) => readRange(range)),
      versions: new Set(versions.filter((version) => typeof version === "string")),
    },
  ];
}

/** Walks the sorted events: each `introduced` opens a range that the next `fixed` or `last_affected` ends. */
function readRange(range: unknown): AffectedRange[] {
  if (!isRecord(range) || !Array.isArray(range["events"])) return [];
  // npm's versions are semantic ones; "ECOSYSTEM" orders them the same way. GIT ranges name commits.
  if (range["type"] !== "SEMVER" && range["type"] !== "ECOSYSTEM") return [];
  const events = range["events"].flatMap((event: unknown) => readEvent(event)).sort(byVersion);
  const found: AffectedRange[] = [];
  let introduced: string | null = null;
  for (const { kind, version } of events) {
    if (kind === "introduced") {
      introduced ??= version;
    } else if (introduced !== null) {
      found.push({ introduced, end: { kind, version } });
      introduced = null;
    }
  }
  return introduced === null ? found : [...found, { introduced, end: null }];
}

interface Event {
  readonly kind: "introduced" | "fixed" | "lastAffected";
  readonly version: string;
}

function readEvent(event: unknown): Event[] {
  if (!isRecord(event)) return [];
  const { introduced, fixed, last_affected: lastAffected } = event;
  const found = [
    ["introduced", introduced === "0" ? BEGINNING : introduced] as const,
    ["fixed", fixed] as const,
    ["lastAffected", lastAffected] as const,
  ];
  return found.flatMap(([kind, version]) =>
    typeof version === "string" && semver.valid(version) !== null ? [{ kind, version }] : [],
  );
}

/** Below every version there can be. */
const BEGINNING = "0.0.0-0";

/** At one version what was fixed ends before something is introduced again; a last affected one is still inside. */
function byVersion(a: Event, b: Event): number {
  const order = { fixed: 0, introduced: 1, lastAffected: 2 };
  return semver.compare(a.version, b.version) || order[a.kind] - order[b.kind];
}

function holds({ introduced, end }: AffectedRange, version: semver.SemVer): boolean {
  if (semver.lt(version, introduced)) return false;
  if (end === null) return true;
  return end.kind === "fixed" ? semver.lt(version, end.version) : semver.lte(version, end.version);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

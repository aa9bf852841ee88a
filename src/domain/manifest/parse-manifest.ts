import type { Campaign, CanaryRun, Experiment, Freeze, Group, Hold, Kill, Release } from "#schemas/types.ts";
import { assertNever } from "../assert-never.ts";
import { checkCanaryRun } from "./check-canary-run.ts";
import { checkFleet } from "./check-fleet.ts";
import { checkCampaign, checkExperiment, checkGroup } from "./check-operations.ts";
import { checkRelease } from "./check-release.ts";
import { checkScript } from "./check-script.ts";
import { checkFreeze, checkHold, checkKill } from "./check-stops.ts";
import type { FleetManifest } from "./fleet-manifest.ts";
import { fleetFromSource } from "./fleet-from-source.ts";
import type { Problem } from "./problem.ts";
import { readAnyManifest, readManifest, type AnyReadManifest, type ReadManifest } from "./read-manifest.ts";
import { scriptFromSource } from "./script-from-source.ts";
import type { ScriptManifest } from "./script-manifest.ts";
import type { ManifestKind } from "./validators.ts";

/** With `ok`, the problems are warnings. `file` in the problems is the name that was passed in. */
export type Parsed<T> =
  | { readonly ok: true; readonly manifest: T; readonly problems: Problem[] }
  | { readonly ok: false; readonly problems: Problem[] };

/** A manifest of any kind in its checked form. */
export type Manifest =
  | { readonly kind: "Script"; readonly script: ScriptManifest }
  | { readonly kind: "Fleet"; readonly fleet: FleetManifest }
  | { readonly kind: "Release"; readonly release: Release }
  | { readonly kind: "Group"; readonly group: Group }
  | { readonly kind: "Experiment"; readonly experiment: Experiment }
  | { readonly kind: "Campaign"; readonly campaign: Campaign }
  | { readonly kind: "Hold"; readonly hold: Hold }
  | { readonly kind: "Freeze"; readonly freeze: Freeze }
  | { readonly kind: "Kill"; readonly kill: Kill }
  | { readonly kind: "CanaryRun"; readonly canaryRun: CanaryRun };

/** Reads a `showrunner.yaml`, without looking at other files. */
export function parseScript(text: string, file: string): Parsed<ScriptManifest> {
  return parseKind("Script", text, file, (read) => scriptFromSource(read.source));
}

/** Reads a `fleet.yaml`. */
export function parseFleet(text: string, file: string): Parsed<FleetManifest> {
  return parseKind("Fleet", text, file, (read) => fleetFromSource(read.source));
}

/** Reads a file under `releases/`; its path is held against its content. */
export function parseRelease(text: string, file: string): Parsed<Release> {
  return parseKind("Release", text, file, (read) => read.source);
}

/** Reads a file under `groups/`. */
export function parseGroup(text: string, file: string): Parsed<Group> {
  return parseKind("Group", text, file, (read) => read.source);
}

/** Reads a file under `holds/`; its path is held against its content. */
export function parseHold(text: string, file: string): Parsed<Hold> {
  return parseKind("Hold", text, file, (read) => read.source);
}

/** Reads a file under `freezes/`; its path is held against its content. */
export function parseFreeze(text: string, file: string): Parsed<Freeze> {
  return parseKind("Freeze", text, file, (read) => read.source);
}

/** Reads a file under `kills/`; its path is held against its content. */
export function parseKill(text: string, file: string): Parsed<Kill> {
  return parseKind("Kill", text, file, (read) => read.source);
}

/** Reads a file under `canaries/`; its path is held against its content. */
export function parseCanaryRun(text: string, file: string): Parsed<CanaryRun> {
  return parseKind("CanaryRun", text, file, (read) => read.source);
}

/** Reads a file under `campaigns/`. */
export function parseCampaign(text: string, file: string): Parsed<Campaign> {
  return parseKind("Campaign", text, file, (read) => read.source);
}

/** Reads a file under `experiments/`. */
export function parseExperiment(text: string, file: string): Parsed<Experiment> {
  return parseKind("Experiment", text, file, (read) => read.source);
}

/** Reads a file of the kind that its name (showrunner.yaml, fleet.yaml) or else its `kind` says. */
export function parseManifest(text: string, file: string): Parsed<Manifest> {
  const outcome = readAnyManifest(text, file);
  if (!outcome.ok) return { ok: false, problems: outcome.problems };
  const { read } = outcome;
  checkManifest(read);
  if (read.problems.hasErrors) return { ok: false, problems: read.problems.sorted() };
  return { ok: true, manifest: manifestOf(read), problems: read.problems.sorted() };
}

const CHECKS: { readonly [K in ManifestKind]: (read: ReadManifest<K>) => void } = {
  Script: checkScript,
  Fleet: checkFleet,
  Release: checkRelease,
  Group: checkGroup,
  Experiment: checkExperiment,
  Campaign: checkCampaign,
  Hold: checkHold,
  Freeze: checkFreeze,
  Kill: checkKill,
  CanaryRun: checkCanaryRun,
};

/** The checks of one file that its schema cannot express. Problems are added to the manifest's own. */
export function checkManifest<K extends ManifestKind>(read: ReadManifest<K>): void {
  CHECKS[read.kind](read);
}

function parseKind<K extends ManifestKind, T>(
  kind: K,
  text: string,
  file: string,
  finish: (read: ReadManifest<K>) => T,
): Parsed<T> {
  const outcome = readManifest(kind, text, file);
  if (!outcome.ok) return { ok: false, problems: outcome.problems };
  const { read } = outcome;
  checkManifest(read);
  const problems = read.problems.sorted();
  return read.problems.hasErrors ? { ok: false, problems } : { ok: true, manifest: finish(read), problems };
}

function manifestOf(read: AnyReadManifest): Manifest {
  switch (read.kind) {
    case "Script":
      return { kind: "Script", script: scriptFromSource(read.source) };
    case "Fleet":
      return { kind: "Fleet", fleet: fleetFromSource(read.source) };
    case "Release":
      return { kind: "Release", release: read.source };
    case "Group":
      return { kind: "Group", group: read.source };
    case "Experiment":
      return { kind: "Experiment", experiment: read.source };
    case "Campaign":
      return { kind: "Campaign", campaign: read.source };
    case "Hold":
      return { kind: "Hold", hold: read.source };
    case "Freeze":
      return { kind: "Freeze", freeze: read.source };
    case "Kill":
      return { kind: "Kill", kill: read.source };
    case "CanaryRun":
      return { kind: "CanaryRun", canaryRun: read.source };
    default:
      return assertNever(read);
  }
}

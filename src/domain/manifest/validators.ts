import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import campaignSchema from "#schemas/campaign.schema.json" with { type: "json" };
import canaryRunSchema from "#schemas/canary-run.schema.json" with { type: "json" };
import commonSchema from "#schemas/common.schema.json" with { type: "json" };
import experimentSchema from "#schemas/experiment.schema.json" with { type: "json" };
import fleetSchema from "#schemas/fleet.schema.json" with { type: "json" };
import freezeSchema from "#schemas/freeze.schema.json" with { type: "json" };
import groupSchema from "#schemas/group.schema.json" with { type: "json" };
import holdSchema from "#schemas/hold.schema.json" with { type: "json" };
import killSchema from "#schemas/kill.schema.json" with { type: "json" };
import releaseSchema from "#schemas/release.schema.json" with { type: "json" };
import scriptSchema from "#schemas/script.schema.json" with { type: "json" };
import type {
  Campaign,
  CanaryRun,
  Experiment,
  Fleet,
  Freeze,
  Group,
  Hold,
  Kill,
  Release,
  Script,
} from "#schemas/types.ts";

/** What each kind of manifest is once it satisfies its schema. */
export interface ManifestTypes {
  readonly Script: Script;
  readonly Fleet: Fleet;
  readonly Release: Release;
  readonly Group: Group;
  readonly Experiment: Experiment;
  readonly Campaign: Campaign;
  readonly Hold: Hold;
  readonly Freeze: Freeze;
  readonly Kill: Kill;
  readonly CanaryRun: CanaryRun;
}

export type ManifestKind = keyof ManifestTypes;

const SCHEMAS = {
  Script: scriptSchema,
  Fleet: fleetSchema,
  Release: releaseSchema,
  Group: groupSchema,
  Experiment: experimentSchema,
  Campaign: campaignSchema,
  Hold: holdSchema,
  Freeze: freezeSchema,
  Kill: killSchema,
  CanaryRun: canaryRunSchema,
} as const;

export const MANIFEST_KINDS: readonly ManifestKind[] = [
  "Script",
  "Fleet",
  "Release",
  "Group",
  "Experiment",
  "Campaign",
  "Hold",
  "Freeze",
  "Kill",
  "CanaryRun",
];

// Input is at most 256 KiB and every pattern is linear, so that collecting all errors is bounded.
const ajv = new Ajv2020({ allErrors: true, verbose: true, strict: true, allowUnionTypes: true });
formats.default(ajv, ["date-time"]);
ajv.addSchema(commonSchema);

const compiled: { [K in ManifestKind]?: ValidateFunction<ManifestTypes[K]> } = {};

/** The check of one kind; compiled when it is first needed. */
export function validatorFor<K extends ManifestKind>(kind: K): ValidateFunction<ManifestTypes[K]> {
  const known: { [P in K]?: ValidateFunction<ManifestTypes[P]> } = compiled;
  return (known[kind] ??= ajv.compile<ManifestTypes[K]>(SCHEMAS[kind]));
}

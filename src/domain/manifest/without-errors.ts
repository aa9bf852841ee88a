import type { ErrorObject } from "ajv";
import { pathOf } from "./schema-problems.ts";
import { validatorFor, type ManifestKind, type ManifestTypes } from "./validators.ts";

const ROUNDS_MAX = 8;
/** Stand-ins for keys that must be there, but that no later check looks at. */
const STAND_INS: Readonly<Record<string, string>> = {
  owner: "nobody",
  reason: "none",
  by: "nobody",
  entry: "index.js",
  library: "nothing",
  to: "0.0.0",
};

/**
 * The manifest without the parts that break the schema, so that the other checks still see the rest and a person
 * learns of every problem at once; null when too little is left to make sense.
 */
export function withoutErrors<K extends ManifestKind>(
  kind: K,
  value: object,
  errors: readonly ErrorObject[],
): ManifestTypes[K] | null {
  const rest: unknown = structuredClone(value);
  const validate = validatorFor(kind);
  let found = errors;
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    for (const error of found) {
      if (error.propertyName !== undefined) continue;
      if (!drop(rest, partOf(error))) return null;
    }
    if (validate(rest)) return rest;
    found = validate.errors ?? [];
  }
  return null;
}

/** The smallest part that can be left out to be rid of the error. */
function partOf(error: ErrorObject): (string | number)[] {
  const path = pathOf(error.instancePath);
  const params: Record<string, unknown> = error.params;
  const key = params["additionalProperty"] ?? params["propertyName"];
  if (typeof key === "string") path.push(key);
  if (error.keyword === "required" && path.length === 0) path.push(String(params["missingProperty"]));
  // Without one of its entries a list's indexes would no longer be those of the file.
  const index = path.findIndex((step) => typeof step === "number");
  return index === -1 ? path : path.slice(0, index);
}

function drop(rest: unknown, path: readonly (string | number)[]): boolean {
  const last = path.at(-1);
  if (last === undefined) return false;
  let parent = rest;
  for (const step of path.slice(0, -1)) {
    if (!isRecord(parent)) return true;
    parent = parent[step];
  }
  if (!isRecord(parent)) return true;
  const standIn = path.length === 1 ? STAND_INS[last] : undefined;
  if (standIn === undefined) delete parent[last];
  else parent[last] = standIn;
  // A required key without a stand-in is found missing in the next round.
  return true;
}

function isRecord(value: unknown): value is Record<string | number, unknown> {
  return typeof value === "object" && value !== null;
}

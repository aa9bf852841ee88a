import semver from "semver";

/** What becomes of a declared range when a library goes to a version. */
export type RangeBump =
  /** The same operator at the new version. */
  | { readonly kind: "bumped"; readonly range: string }
  /** The range asks for at least this version already. */
  | { readonly kind: "reached" }
  /** A range of another shape that admits the version: the lockfile alone decides. */
  | { readonly kind: "admitted" }
  /** Left as it is: `reason` says why, for people. */
  | { readonly kind: "untouched"; readonly reason: string };

/**
 * The range for `version` with the operator of `declared` kept: `^1.2.3` to `^1.2.4`, `~1.2` to `~1.2.4`, `1.2.3` to
 * `1.2.4`. Ranges of several parts, comparisons and `1.x` are never rewritten: what was meant by them is not ours to guess.
 */
export function bumpRange(declared: string, version: string): RangeBump {
  const spec = declared.trim();
  const other = otherProtocol(spec);
  if (other !== null) return { kind: "untouched", reason: other };
  if (semver.validRange(spec) === null) {
    return { kind: "untouched", reason: `"${declared}" is a tag, not a range` };
  }
  const simple = SIMPLE.exec(spec);
  if (simple === null) return byAdmission(spec, version);
  const [, operator = "", base = ""] = simple;
  if (operator === "~" && !base.includes(".")) return byAdmission(spec, version);
  if (operator.replace(/^[=v]+$/, "") === "" && semver.valid(base) === null)
    return byAdmission(spec, version);
  const lowest = semver.minVersion(spec);
  if (lowest !== null && semver.gte(lowest, version)) return { kind: "reached" };
  return { kind: "bumped", range: `${operator}${version}` };
}

/** One version, whole or cut short, behind at most one operator that can be kept. */
const SIMPLE = /^([\^~]|[=v]{0,2})\s*(\d+(?:\.\d+){0,2}(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?)$/;

function byAdmission(spec: string, version: string): RangeBump {
  if (semver.satisfies(version, spec)) return { kind: "admitted" };
  const lowest = semver.minVersion(spec);
  if (lowest !== null && semver.gt(lowest, version)) return { kind: "reached" };
  return {
    kind: "untouched",
    reason: `the range "${spec}" does not admit ${version}, and its shape is kept`,
  };
}

function otherProtocol(spec: string): string | null {
  const protocol =
    /^(npm|git(?:\+\w+)?|file|link|workspace|https?|github|gist|gitlab|bitbucket|catalog|portal|patch):/.exec(
      spec,
    )?.[1];
  if (protocol === "npm") return `"${spec}" is an alias`;
  if (protocol !== undefined) return `"${spec}" does not come from the registry by a range`;
  // "owner/name" is GitHub's, "../folder" a path.
  return spec.includes("/") ? `"${spec}" does not come from the registry by a range` : null;
}

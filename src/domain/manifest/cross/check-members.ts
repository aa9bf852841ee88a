import { closest } from "../closest.ts";
import type { DocumentPath } from "../located-document.ts";
import type { ReadManifest } from "../read-manifest.ts";
import { knownVersions, type FileSet } from "./file-set.ts";

type Referring =
  | ReadManifest<"Group">
  | ReadManifest<"Experiment">
  | ReadManifest<"Campaign">
  | ReadManifest<"Hold">
  | ReadManifest<"Freeze">
  | ReadManifest<"Kill">;

/** Groups, experiments, campaigns, holds, freezes and kills name scripts that exist. */
export function checkMembers(set: FileSet): void {
  const known = knownVersions(set);
  if (known.size === 0) return;
  // Without any script's manifest here, a script may simply not have been released yet.
  const severity = set.scripts.length > 0 ? "error" : "warning";
  const check = (read: Referring, path: DocumentPath, name: string): void => {
    if (known.has(name)) return;
    const meant = closest(name, known.keys());
    const hint = meant === null ? "" : ` Did you mean "${meant}"?`;
    read.problems[severity](
      read.document.at(path),
      "unknown-script",
      `No script "${name}" is known here.${hint}`,
      meant,
    );
  };
  const unknownVersion = (read: Referring, path: DocumentPath, script: string, version: string): void => {
    const versions = [...(known.get(script) ?? [])].join(", ");
    const message = `"${script}" has no version "${version}" here, only ${versions}.`;
    read.problems[severity](read.document.at(path), "unknown-version", message);
  };
  for (const read of set.groups) {
    for (const [index, name] of read.source.scripts.entries()) check(read, ["scripts", index], name);
  }
  for (const read of set.campaigns) {
    for (const [index, name] of (read.source.exclude ?? []).entries()) check(read, ["exclude", index], name);
  }
  for (const read of set.holds) {
    const { script, version } = read.source;
    check(read, ["script"], script);
    if (known.get(script)?.has(version) === false) unknownVersion(read, ["version"], script, version);
  }
  for (const read of [...set.freezes, ...set.kills]) {
    const [, script, version] = /^script:([^@]+)(?:@(.+))?$/.exec(read.source.scope) ?? [];
    if (script === undefined) continue;
    check(read, ["scope"], script);
    if (version !== undefined && known.get(script)?.has(version) === false)
      unknownVersion(read, ["scope"], script, version);
  }
  for (const read of set.experiments) {
    const { script, version = "1" } = read.source;
    check(read, ["script"], script);
    if (known.get(script)?.has(version) !== false) continue;
    unknownVersion(read, [read.source.version === undefined ? "script" : "version"], script, version);
  }
}

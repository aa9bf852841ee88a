import type { InstanceReport, NodeReport } from "#schemas/types.ts";
import type { ReconcileKey } from "./reconcile-key.ts";

/** Scripts and canaries of which the node now says something else than before, counters aside. */
export function reportWakes(before: NodeReport | null, after: NodeReport): ReconcileKey[] {
  // Most reports say what the one before said.
  if (before !== null && isSaidAgain(before.instances, after.instances)) return [];
  const old = told(before);
  const now = told(after);
  const differing = [...now]
    .filter((entry) => !old.has(entry))
    .concat([...old].filter((entry) => !now.has(entry)));
  const keys = differing.map((entry): ReconcileKey => {
    const isCompared = / (canary|baseline) /.test(entry);
    return isCompared ? `canary:${nameAndVersion(entry)}` : `script:${nameAndVersion(entry)}`;
  });
  return [...new Set(keys)];
}

function isSaidAgain(before: readonly InstanceReport[], after: readonly InstanceReport[]): boolean {
  return (
    before.length === after.length &&
    before.every((old, index) => {
      const now = after[index];
      return (
        now?.state === old.state &&
        now.digest === old.digest &&
        now.role === old.role &&
        now.script === old.script &&
        now.version === old.version
      );
    })
  );
}

function nameAndVersion(entry: string): `${string}@${string}` {
  const end = entry.indexOf(" ");
  const at = entry.indexOf("@");
  return `${entry.slice(0, at)}@${entry.slice(at + 1, end)}`;
}

/** Each instance and its state as one comparable text that begins with `<script>@<version>`. */
function told(nodeReport: NodeReport | null): Set<string> {
  const instances = nodeReport?.instances ?? [];
  return new Set(
    instances.map(
      ({ script, version, role, digest, state }) => `${script}@${version} ${role} ${digest} ${state}`,
    ),
  );
}

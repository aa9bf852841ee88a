import type { NodeReport } from "#schemas/types.ts";
import type { ReconcileKey } from "./reconcile-key.ts";

/** Scripts of which the node now says something else than before, counters aside. */
export function reportWakes(before: NodeReport | null, after: NodeReport): ReconcileKey[] {
  const old = told(before);
  const now = told(after);
  const differing = [...now]
    .filter((entry) => !old.has(entry))
    .concat([...old].filter((entry) => !now.has(entry)));
  const keys = differing.map((entry): ReconcileKey => {
    const [script, version]: [string, string] = JSON.parse(entry);
    return `script:${script}@${version}`;
  });
  return [...new Set(keys)];
}

/** Each instance and its state as one comparable text. */
function told(nodeReport: NodeReport | null): Set<string> {
  const instances = nodeReport?.instances ?? [];
  return new Set(
    instances.map(({ script, version, role, digest, state }) =>
      JSON.stringify([script, version, role, digest, state]),
    ),
  );
}

import type { OverviewScript } from "#app/api/overview.ts";
import type { StateFilter } from "./view-state.ts";

/** Scripts whose name, owner or repository contain every word of the query, and that have a cell in the state. */
export function filterScripts(
  scripts: readonly OverviewScript[],
  query: string,
  state: StateFilter,
): readonly OverviewScript[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return scripts.filter((script) => {
    const text =
      `${script.name}@${script.version} ${script.owner} ${script.repository.fullName}`.toLowerCase();
    return words.every((word) => text.includes(word)) && hasState(script, state);
  });
}

/** How many scripts each filter would show. */
export function countByFilter(scripts: readonly OverviewScript[]): Readonly<Record<StateFilter, number>> {
  const count = (state: StateFilter): number => scripts.filter((script) => hasState(script, state)).length;
  return {
    all: scripts.length,
    failed: count("failed"),
    drift: count("drift"),
    unknown: count("unknown"),
    rolling: count("rolling"),
  };
}

function hasState(script: OverviewScript, state: StateFilter): boolean {
  return state === "all" || script.regions.some((cell) => cell.state === state);
}

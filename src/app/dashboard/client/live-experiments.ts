import { type ReadonlySignal, signal } from "@preact/signals";
import type { ExperimentSummary, ExperimentView } from "#app/api/experiment-view.ts";

export type ShownExperiments =
  | { readonly kind: "list"; readonly experiments: readonly ExperimentSummary[] }
  | { readonly kind: "one"; readonly experiment: ExperimentView };

export interface LiveExperiments {
  readonly shown: ReadonlySignal<ShownExperiments | null>;
  /** Why there is nothing, or why it is not the latest; null when all is well. */
  readonly problem: ReadonlySignal<string | null>;
  readonly start: () => void;
}

const pollMs = 5_000;
const timeoutMs = 15_000;

/** Follows one experiment, or all of them where none is named. */
export function createLiveExperiments(name: string | null): LiveExperiments {
  const shown = signal<ShownExperiments | null>(null);
  const problem = signal<string | null>(null);
  const url = name === null ? "/api/experiments" : `/api/experiments/${encodeURIComponent(name)}`;

  async function refresh(): Promise<void> {
    try {
      const response = await fetch(url, { cache: "no-cache", signal: AbortSignal.timeout(timeoutMs) });
      const body: unknown = await response.json();
      const read = readShown(body);
      if (read !== null) shown.value = read;
      const why =
        response.status === 404
          ? `There is no experiment ${name}`
          : `The control plane answers ${response.status}`;
      problem.value = read === null ? why : null;
    } catch (error) {
      problem.value = error instanceof Error ? error.message : String(error);
    }
    setTimeout(() => void refresh(), pollMs);
  }

  return { shown, problem, start: () => void refresh() };
}

/** Our own server's types hold inside; this only tells answers apart. */
function readShown(body: unknown): ShownExperiments | null {
  if (isList(body)) return { kind: "list", experiments: body.experiments };
  return isView(body) ? { kind: "one", experiment: body } : null;
}

function isList(body: unknown): body is { experiments: ExperimentSummary[] } {
  return typeof body === "object" && body !== null && "experiments" in body;
}

function isView(body: unknown): body is ExperimentView {
  return typeof body === "object" && body !== null && "cells" in body && "headline" in body;
}

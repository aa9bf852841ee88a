import type { ReadonlySignal } from "@preact/signals";
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Overview } from "#app/api/overview.ts";
import type { LiveOverview } from "./live-overview.ts";
import type { Zone } from "./time-words.ts";
import type { ViewState } from "./view-state.ts";

/** What every part of the page needs; made once in main.tsx. */
export interface Page {
  readonly live: LiveOverview;
  readonly view: ReadonlySignal<ViewState>;
  /** The server's clock, moving once a second; epoch milliseconds. */
  readonly nowMs: ReadonlySignal<number>;
  /** Age of what is shown, milliseconds. */
  readonly ageMs: ReadonlySignal<number>;
  readonly zone: Zone;
  /** Shows another view; "push" makes it a step that the Back button undoes. */
  go(view: ViewState, history: "push" | "replace"): void;
}

export const PageContext = createContext<Page | null>(null);

export function usePage(): Page {
  const page = useContext(PageContext);
  if (page === null) {
    throw new Error("A part of the page was drawn outside the page");
  }
  return page;
}

/** Web address of a script's repository; null when no such script is known. */
export function repositoryUrl(overview: Overview, name: string, version: string): string | null {
  const script = overview.scripts.find((each) => each.name === name && each.version === version);
  return script?.repository.url ?? null;
}

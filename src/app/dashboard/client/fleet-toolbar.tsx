import type { JSX } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { OverviewScript } from "#app/api/overview.ts";
import { countByFilter } from "./filter-scripts.ts";
import { Icon, type IconName } from "./icon.tsx";
import { ViewLink } from "./links.tsx";
import { usePage } from "./page.ts";
import { type StateFilter, stateFilters } from "./view-state.ts";

const filterLook: Readonly<Record<StateFilter, { word: string; icon: IconName | null; tone: string }>> = {
  all: { word: "All", icon: null, tone: "quiet" },
  failed: { word: "Failed", icon: "cross", tone: "bad" },
  drift: { word: "Drift", icon: "notEqual", tone: "warn" },
  unknown: { word: "Unknown", icon: "question", tone: "warn" },
  rolling: { word: "Rolling", icon: "half", tone: "moving" },
};

interface FleetToolbarProps {
  readonly scripts: readonly OverviewScript[];
  readonly shown: number;
}

/** The table's title, filter box and state filters; both filters are part of the address. */
export function FleetToolbar({ scripts, shown }: FleetToolbarProps): JSX.Element {
  const page = usePage();
  const counts = useMemo(() => countByFilter(scripts), [scripts]);
  const view = page.view.value;
  return (
    <div class="toolbar">
      <h2 id="fleet-title">Fleet</h2>
      <FilterBox />
      <nav class="chips" aria-label="Filter by state">
        {stateFilters.map((state) => {
          const { word, icon, tone } = filterLook[state];
          return (
            <ViewLink
              key={state}
              change={{ state }}
              current={view.state === state}
              class={`chip ${counts[state] === 0 ? "none" : `tone-${tone}`}`}
            >
              {icon !== null && <Icon name={icon} />}
              {word} <span class="number">{counts[state].toLocaleString()}</span>
            </ViewLink>
          );
        })}
      </nav>
      <span class="unseen" role="status">
        {shown} of {scripts.length} scripts shown
      </span>
    </div>
  );
}

function FilterBox(): JSX.Element {
  const page = usePage();
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const isTyping = event.target instanceof HTMLInputElement;
      if (event.key === "/" && !isTyping && !event.ctrlKey && !event.metaKey) {
        event.preventDefault();
        input.current?.focus();
      }
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
  const search = (query: string): void => page.go({ ...page.view.value, query }, "replace");
  return (
    <label class="filter">
      <Icon name="search" />
      <span class="unseen">Filter scripts by name, owner or repository</span>
      <input
        ref={input}
        type="search"
        placeholder="Filter by name, owner, repository"
        value={page.view.value.query}
        maxLength={200}
        autocomplete="off"
        spellcheck={false}
        onInput={(event) => search(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape") {
            search("");
          }
        }}
      />
      <kbd aria-hidden="true">/</kbd>
    </label>
  );
}

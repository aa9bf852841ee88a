import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { Activity } from "./activity.tsx";
import { FleetTable } from "./fleet-table.tsx";
import { Icon } from "./icon.tsx";
import { Inspector } from "./inspector.tsx";
import { NodeList } from "./node-list.tsx";
import { usePage } from "./page.ts";
import { StatusBanner } from "./status-banner.tsx";
import { lengthText } from "./time-words.ts";

/** The first page: is anything wrong, what is moving, what needs me. */
export function App(): JSX.Element {
  const page = usePage();
  const overview = page.live.snapshot.value?.overview ?? null;
  const { inspected } = page.view.value;
  const title = overview?.status.text ?? null;
  useEffect(() => {
    document.title = title === null ? "Showrunner" : `${title} · Showrunner`;
  }, [title]);
  return (
    <div class="page">
      <header class="top">
        <a class="brand" href="/">
          <span class="logo" aria-hidden="true" />
          Showrunner
        </a>
        <span class="top-links">
          <a href="/campaigns">Campaigns</a>
          <a href="/experiments">Experiments</a>
          <ConnectionMark />
        </span>
      </header>
      {overview === null ? (
        <FirstLoad />
      ) : (
        <>
          <StatusBanner overview={overview} />
          <main class="panes">
            <div class="pane-main">
              <FleetTable overview={overview} />
              <NodeList regions={overview.regions} />
            </div>
            <aside class="pane-side" aria-label={inspected.kind === "nothing" ? "Activity" : "Details"}>
              {inspected.kind === "nothing" ? (
                <Activity overview={overview} />
              ) : (
                <Inspector overview={overview} inspected={inspected} />
              )}
            </aside>
          </main>
        </>
      )}
    </div>
  );
}

function FirstLoad(): JSX.Element {
  const problem = usePage().live.problem.value;
  return (
    <p class="boot" role="status">
      {problem === null ? "Loading the fleet…" : `${problem}. Trying again…`}
    </p>
  );
}

/** Whether the page follows the fleet, or how old what it shows is. */
function ConnectionMark(): JSX.Element {
  const page = usePage();
  const isLive = page.live.connection.value === "live" && page.live.problem.value === null;
  if (page.live.snapshot.value === null || isLive) {
    return (
      <span class="connection">
        <span class={`mark tone-${isLive ? "good" : "quiet"}`}>
          <Icon name={isLive ? "dot" : "circle"} />
          {isLive ? "Live" : "Connecting"}
        </span>
      </span>
    );
  }
  return (
    <span class="connection" title={page.live.problem.value ?? undefined}>
      <span class="mark tone-warn">
        <Icon name="alert" />
        Reconnecting · data is {lengthText(page.ageMs.value)} old
      </span>
    </span>
  );
}

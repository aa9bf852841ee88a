import { useComputed, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useLayoutEffect, useMemo, useRef } from "preact/hooks";
import type { Overview, OverviewRegion, OverviewScript } from "#app/api/overview.ts";
import { filterScripts } from "./filter-scripts.ts";
import { FleetCell } from "./fleet-cell.tsx";
import { FleetToolbar } from "./fleet-toolbar.tsx";
import { FirstScriptLesson } from "./first-script-lesson.tsx";
import { Icon } from "./icon.tsx";
import { OutLink, ViewLink } from "./links.tsx";
import { usePage } from "./page.ts";
import { rowWindow } from "./row-window.ts";
import { StateMark } from "./state-mark.tsx";
import { nodeLook } from "./state-words.ts";

/** As in main.css. */
const rowHeightPx = 36;

/** Scripts × regions with the revision each serves. Draws only the rows in sight, so that thousands stay quick. */
export function FleetTable({ overview }: { overview: Overview }): JSX.Element {
  const { query, state } = usePage().view.value;
  const scripts = useMemo(
    () => filterScripts(overview.scripts, query, state),
    [overview.scripts, query, state],
  );
  return (
    <section class="fleet" aria-labelledby="fleet-title">
      <FleetToolbar scripts={overview.scripts} shown={scripts.length} />
      {overview.scripts.length === 0 ? (
        <FirstScriptLesson />
      ) : (
        <ScrollingTable regions={overview.regions} scripts={scripts} />
      )}
    </section>
  );
}

interface ScrollingTableProps {
  readonly regions: readonly OverviewRegion[];
  readonly scripts: readonly OverviewScript[];
}

function ScrollingTable({ regions, scripts }: ScrollingTableProps): JSX.Element {
  const page = usePage();
  const scroller = useRef<HTMLDivElement>(null);
  const scrollTopPx = useSignal(0);
  const viewHeightPx = useSignal(800);
  // A new filter starts at the top; fresh data does not move anything.
  const { query, state } = page.view.value;
  useLayoutEffect(() => {
    scroller.current?.scrollTo({ top: 0 });
  }, [query, state]);
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) {
      return undefined;
    }
    const observer = new ResizeObserver(() => {
      viewHeightPx.value = element.clientHeight;
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [viewHeightPx]);
  const count = useSignal(scripts.length);
  count.value = scripts.length;
  // Compared as text, so that scrolling within a row draws nothing.
  const range = useComputed(() => {
    const { first, end } = rowWindow(count.value, rowHeightPx, scrollTopPx.value, viewHeightPx.value);
    return `${first}-${end}`;
  }).value;
  const [first = 0, end = 0] = range.split("-").map(Number);
  return (
    <div
      class="scroller"
      ref={scroller}
      tabIndex={0}
      role="region"
      aria-label="Scripts by region"
      onScroll={(event) => {
        scrollTopPx.value = event.currentTarget.scrollTop;
      }}
    >
      <table class="grid" aria-rowcount={scripts.length + 1} style={{ "--regions": regions.length }}>
        <TableHead regions={regions} />
        <tbody>
          <Spacer rows={first} />
          {scripts.slice(first, end).map((script, index) => (
            <Row key={`${script.name}@${script.version}`} script={script} index={first + index} />
          ))}
          <Spacer rows={Math.max(0, scripts.length - end)} />
        </tbody>
      </table>
      {scripts.length === 0 && <NoMatch />}
    </div>
  );
}

function Spacer({ rows }: { rows: number }): JSX.Element {
  return <tr class="spacer" aria-hidden="true" style={{ height: `${rows * rowHeightPx}px` }} />;
}

function NoMatch(): JSX.Element {
  return (
    <p class="empty">
      No script matches. <ViewLink change={{ query: "", state: "all" }}>Show all scripts</ViewLink>
    </p>
  );
}

function TableHead({ regions }: { regions: readonly OverviewRegion[] }): JSX.Element {
  return (
    <thead>
      <tr aria-rowindex={1}>
        <th scope="col" class="col-script">
          Script
        </th>
        <th scope="col" class="col-owner">
          Owner
        </th>
        {regions.map((region) => (
          <th scope="col" key={region.name}>
            <ViewLink change={{ inspected: { kind: "region", name: region.name } }}>{region.name}</ViewLink>
            <RegionHealth region={region} />
          </th>
        ))}
      </tr>
    </thead>
  );
}

function RegionHealth({ region }: { region: OverviewRegion }): JSX.Element {
  const ready = region.nodes.filter((node) => node.state === "ready").length;
  const worst =
    ready === region.nodes.length && ready > 0
      ? nodeLook.ready
      : region.nodes.some((node) => node.state === "unreachable") || ready === 0
        ? nodeLook.unreachable
        : nodeLook.starting;
  return (
    <span class="head-health">
      <StateMark look={{ ...worst, word: `${ready}/${region.nodes.length} ready` }} />
    </span>
  );
}

function Row({ script, index }: { script: OverviewScript; index: number }): JSX.Element {
  const unit = `${script.name}@${script.version}`;
  const { inspected, query } = usePage().view.value;
  const isInspected = inspected.kind === "script" && inspected.unit === unit;
  return (
    // The heading is row 1, and rows count from 1.
    <tr aria-rowindex={index + 2} class={isInspected ? "chosen" : undefined}>
      <th scope="row" class="col-script">
        <span class="script-name">
          <ViewLink change={{ inspected: { kind: "script", unit } }} current={isInspected} title={unit}>
            <span class="name">{script.name}</span>
            <span class="version">@{script.version}</span>
          </ViewLink>
          <OutLink
            to={script.repository.url}
            class="repo-link"
            title={script.repository.fullName}
            label={`Repository ${script.repository.fullName}`}
          >
            <Icon name="out" />
          </OutLink>
        </span>
      </th>
      <td class="col-owner">
        <ViewLink change={{ query: query === script.owner ? "" : script.owner }} title={script.owner}>
          {script.owner}
        </ViewLink>
      </td>
      {script.regions.map((cell) => (
        <FleetCell key={cell.region} cell={cell} unit={unit} />
      ))}
    </tr>
  );
}

import type { JSX } from "preact";
import type { CampaignDetail } from "#app/api/campaign-view.ts";
import { byNeed, type UnitState, unitLooks } from "./campaign-words.ts";
import { linePath, type Place } from "./chart-paths.ts";
import { StateMark } from "./state-mark.tsx";
import { utcText } from "./time-words.ts";

const width = 560;
const barHeight = 14;
const height = 130;
const left = 34;
const bottom = height - 20;
const top = 10;

/** One bar of all that need the upgrade, by state, and the same in words. */
export function StateBar({ counts }: { counts: CampaignDetail["counts"] }): JSX.Element {
  return (
    <figure>
      <ShareBar counts={counts} />
      <ul class="campaign-counts">
        {partsOf(counts).map(({ state, count }) => (
          <li key={state}>
            <StateMark look={{ ...unitLooks[state], word: `${count} ${unitLooks[state].word}` }} />
          </li>
        ))}
      </ul>
    </figure>
  );
}

/** The bar alone, as wide as there is room. */
export function ShareBar({ counts }: { counts: CampaignDetail["counts"] }): JSX.Element {
  const parts = partsOf(counts);
  const all = parts.reduce((sum, { count }) => sum + count, 0);
  let x = 0;
  return (
    <svg
      class="chart campaign-bar"
      viewBox={`0 0 ${width} ${barHeight}`}
      preserveAspectRatio="none"
      role="img"
      aria-label="Repositories by state"
    >
      {parts.map(({ state, count }) => {
        const from = x;
        x += (count / all) * width;
        return (
          <rect
            key={state}
            class={`campaign-share share-${state} tone-${unitLooks[state].tone}`}
            x={from}
            width={Math.max(1, x - from - 1.5)}
            height={barHeight}
          />
        );
      })}
    </svg>
  );
}

function partsOf({ units: _units, notNeeded: _idle, ...counts }: CampaignDetail["counts"]) {
  const parts: { state: UnitState; count: number }[] = [];
  for (const state of Object.keys(unitLooks).filter(isCounted)) {
    if (counts[state] > 0) parts.push({ state, count: counts[state] });
  }
  return parts.toSorted((a, b) => byNeed(a.state, b.state));

  function isCounted(state: string): state is keyof typeof counts {
    return state in counts;
  }
}

/** How many were left over time, until now while it goes on; level between two changes. */
export function BurnDown({ history, state }: Pick<CampaignDetail, "history" | "state">): JSX.Element | null {
  const points = history.map(({ at, left: units }) => ({ atMs: Date.parse(at), units }));
  const [first, newest] = [points[0], points.at(-1)];
  if (first === undefined || newest === undefined) return null;
  if (state === "running") points.push({ ...newest, atMs: Math.max(newest.atMs, Date.now()) });
  const last = points.at(-1) ?? newest;
  if (first.atMs === last.atMs) return null;
  const most = Math.max(...points.map(({ units }) => units), 1);
  const x = (ms: number): number =>
    left + ((ms - first.atMs) / (last.atMs - first.atMs)) * (width - left - 8);
  const y = (units: number): number => bottom - (units / most) * (bottom - top);
  const places = points.flatMap(({ atMs, units }, index): Place[] => {
    const before = points[index - 1];
    const corner = before === undefined ? [] : [{ x: x(atMs), y: y(before.units) }];
    return [...corner, { x: x(atMs), y: y(units) }];
  });
  return (
    <figure>
      <svg
        class="chart"
        viewBox={`0 0 ${width} ${height}`}
        role="img"
        aria-label="Repositories left over time"
      >
        {[0, most].map((units) => (
          <g key={units}>
            <line class="grid" x1={left} x2={width - 8} y1={y(units)} y2={y(units)} />
            <text class="tick" x={left - 6} y={y(units) + 4} text-anchor="end">
              {units}
            </text>
          </g>
        ))}
        <path class="line side-canary" d={linePath(places)} />
        <text class="tick" x={left} y={height - 5}>
          {utcText(first.atMs).slice(0, 16)}
        </text>
        <text class="tick" x={width - 8} y={height - 5} text-anchor="end">
          {utcText(last.atMs).slice(0, 16)} UTC
        </text>
      </svg>
      <figcaption>Left to do</figcaption>
    </figure>
  );
}

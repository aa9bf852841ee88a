import type { JSX } from "preact";
import type { OverviewNode, OverviewRegion } from "#app/api/overview.ts";
import { ViewLink } from "./links.tsx";
import { usePage } from "./page.ts";
import { StateMark } from "./state-mark.tsx";
import { nodeLook } from "./state-words.ts";
import { clockText } from "./time-words.ts";

/** The nodes of each region with their health. */
export function NodeList({ regions }: { regions: readonly OverviewRegion[] }): JSX.Element {
  return (
    <section class="nodes" aria-labelledby="nodes-title">
      <h2 id="nodes-title">Nodes</h2>
      {regions.length === 0 && (
        <p class="empty">
          No region is declared. Add one under <code>regions</code> in <code>fleet.yaml</code> of the fleet
          repository.
        </p>
      )}
      <ul class="node-regions">
        {regions.map((region) => (
          <li key={region.name}>
            <p class="node-region">
              <ViewLink change={{ inspected: { kind: "region", name: region.name } }}>{region.name}</ViewLink>
              <LocalTime timezone={region.timezone} />
            </p>
            {region.nodes.length === 0 ? (
              <p class="empty">No node has registered. Start one with this region’s registration token.</p>
            ) : (
              <ul class="node-items">
                {region.nodes.map((node) => (
                  <NodeItem key={node.id} node={node} />
                ))}
              </ul>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

function NodeItem({ node }: { node: OverviewNode }): JSX.Element {
  const last = node.problems.at(-1);
  return (
    <li class="node">
      <span class="node-id" title={node.generation === null ? undefined : `document ${node.generation}`}>
        {node.id}
      </span>
      <StateMark look={nodeLook[node.state]} />
      {last !== undefined && (
        <span class="node-problem tone-warn" title={`${last.code}: ${last.message}`}>
          {node.problems.length} {node.problems.length === 1 ? "problem" : "problems"}
        </span>
      )}
    </li>
  );
}

/** What the clock on the wall says there. */
function LocalTime({ timezone }: { timezone: string }): JSX.Element | null {
  const page = usePage();
  const minuteMs = Math.floor(page.nowMs.value / 60_000) * 60_000;
  try {
    const text = clockText(minuteMs, minuteMs, { ...page.zone, timeZone: timezone });
    return (
      <span class="local-time" title={`Local time in ${timezone}`}>
        {text}
      </span>
    );
  } catch {
    // The browser does not know the zone.
    return null;
  }
}

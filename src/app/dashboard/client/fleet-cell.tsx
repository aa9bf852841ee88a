import type { JSX } from "preact";
import type { OverviewCell } from "#app/api/overview.ts";
import { OutLink, ViewLink } from "./links.tsx";
import { StateMark } from "./state-mark.tsx";
import { cellLook } from "./state-words.ts";

/** One script in one region. Only what is not as it should be raises its voice. */
export function FleetCell({ cell, unit }: { cell: OverviewCell; unit: string }): JSX.Element {
  const look = cellLook[cell.state];
  const isQuiet = cell.state === "serving" || cell.state === "absent";
  return (
    <td class={`cell tone-${look.tone}${isQuiet ? "" : " loud"}`} data-state={cell.state}>
      <span class="cell-line" title={cell.note ?? undefined}>
        {isQuiet ? (
          <StateMark look={look} isWordHidden />
        ) : (
          <ViewLink change={{ inspected: { kind: "script", unit } }} class="cell-word">
            <StateMark look={look} />
          </ViewLink>
        )}
        <Revision cell={cell} />
      </span>
    </td>
  );
}

function Revision({ cell }: { cell: OverviewCell }): JSX.Element | null {
  const revision =
    cell.state === "rolling" || cell.state === "failed" ? (cell.next ?? cell.stable) : cell.stable;
  if (revision === null) {
    return null;
  }
  return (
    <>
      <OutLink to={revision.commitUrl} class="commit" title={`${revision.commit}\n${revision.digest}`}>
        {revision.commit.slice(0, 7)}
      </OutLink>
      {cell.state === "rolling" && cell.next !== null && (
        <span class="share">{Math.round(cell.next.nodesPct)}%</span>
      )}
    </>
  );
}

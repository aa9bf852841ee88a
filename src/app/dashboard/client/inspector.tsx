import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type {
  Overview,
  OverviewCell,
  OverviewRegion,
  OverviewScript,
  RevisionLink,
} from "#app/api/overview.ts";
import { Icon } from "./icon.tsx";
import { OutLink, ViewLink } from "./links.tsx";
import { Moment } from "./moment.tsx";
import { usePage } from "./page.ts";
import { RolloutCard } from "./rollout-card.tsx";
import { StateMark } from "./state-mark.tsx";
import { cellLook, nodeLook } from "./state-words.ts";
import type { Inspected } from "./view-state.ts";

interface InspectorProps {
  readonly overview: Overview;
  readonly inspected: Exclude<Inspected, { kind: "nothing" }>;
}

/** Everything known about one script or one region, in place of the activity. */
export function Inspector({ overview, inspected }: InspectorProps): JSX.Element {
  if (inspected.kind === "region") {
    const region = overview.regions.find(({ name }) => name === inspected.name);
    return (
      <Sheet kind="Region" name={inspected.name}>
        {region === undefined ? (
          <p class="empty">There is no such region in fleet.yaml.</p>
        ) : (
          <RegionDetails region={region} overview={overview} />
        )}
      </Sheet>
    );
  }
  const script = overview.scripts.find(({ name, version }) => `${name}@${version}` === inspected.unit);
  return (
    <Sheet kind="Script" name={inspected.unit}>
      {script === undefined ? (
        <p class="empty">There is no such script. It may have been retired, or not yet released.</p>
      ) : (
        <ScriptDetails script={script} overview={overview} />
      )}
    </Sheet>
  );
}

function Sheet({
  kind,
  name,
  children,
}: {
  kind: string;
  name: string;
  children: ComponentChildren;
}): JSX.Element {
  const page = usePage();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    const opener = document.activeElement;
    heading.current?.focus();
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === "Escape" && !(event.target instanceof HTMLInputElement)) {
        page.go({ ...page.view.peek(), inspected: { kind: "nothing" } }, "push");
      }
    };
    addEventListener("keydown", onKey);
    return () => {
      removeEventListener("keydown", onKey);
      if (opener instanceof HTMLElement && opener.isConnected) {
        opener.focus();
      }
    };
  }, [name, page]);
  return (
    <section class="sheet">
      <header class="sheet-head">
        <div>
          <p class="sheet-kind">{kind}</p>
          <h2 ref={heading} tabIndex={-1}>
            {name}
          </h2>
        </div>
        <ViewLink
          change={{ inspected: { kind: "nothing" } }}
          class="close"
          label="Close details"
          title="Close (Esc)"
        >
          <Icon name="close" />
        </ViewLink>
      </header>
      {children}
    </section>
  );
}

function ScriptDetails({ script, overview }: { script: OverviewScript; overview: Overview }): JSX.Element {
  const rollout = overview.rollouts.find(
    (each) => each.script === script.name && each.version === script.version && each.completedAt === null,
  );
  const unit = `${script.name}@${script.version}`;
  const pullRequests = overview.pullRequests.filter(({ scripts }) => scripts.includes(unit));
  return (
    <>
      <dl class="facts">
        <dt>Owner</dt>
        <dd>
          <ViewLink change={{ query: script.owner }}>{script.owner}</ViewLink>
        </dd>
        <dt>Repository</dt>
        <dd>
          <OutLink to={script.repository.url}>{script.repository.fullName}</OutLink>
        </dd>
        {pullRequests.map((pullRequest) => (
          <div key={pullRequest.url}>
            <dt>Pull request</dt>
            <dd>
              <OutLink to={pullRequest.url}>
                #{pullRequest.number} {pullRequest.title}
              </OutLink>
            </dd>
          </div>
        ))}
      </dl>
      {rollout !== undefined && <RolloutCard rollout={rollout} repositoryUrl={script.repository.url} />}
      {script.regions.map((cell) => (
        <CellDetails key={cell.region} cell={cell} />
      ))}
    </>
  );
}

function CellDetails({ cell }: { cell: OverviewCell }): JSX.Element {
  return (
    <section class="place">
      <h3>
        <ViewLink change={{ inspected: { kind: "region", name: cell.region } }}>{cell.region}</ViewLink>
        <StateMark look={cellLook[cell.state]} />
      </h3>
      {cell.note !== null && <p class={`note tone-${cellLook[cell.state].tone}`}>{cell.note}</p>}
      <dl class="facts">
        <dt>Stable</dt>
        <dd>{cell.stable === null ? "none yet" : <RevisionName revision={cell.stable} />}</dd>
        {cell.next !== null && (
          <>
            <dt>Next</dt>
            <dd>
              <RevisionName revision={cell.next} /> on {Math.round(cell.next.nodesPct)}% of nodes
            </dd>
          </>
        )}
        {cell.serving.map((instance) => (
          <div key={`${instance.node} ${instance.digest}`}>
            <dt>{instance.node}</dt>
            <dd>
              {instance.state} <span class="commit">{shortDigest(instance.digest)}</span>
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function RevisionName({ revision }: { revision: RevisionLink }): JSX.Element {
  return (
    <>
      <OutLink to={revision.commitUrl} class="commit">
        {revision.commit.slice(0, 7)}
      </OutLink>{" "}
      <span class="digest" title={revision.digest}>
        {shortDigest(revision.digest)}
      </span>
    </>
  );
}

function RegionDetails({ region, overview }: { region: OverviewRegion; overview: Overview }): JSX.Element {
  const troubled = overview.scripts.filter((script) =>
    script.regions.some(
      (cell) => cell.region === region.name && cell.state !== "serving" && cell.state !== "absent",
    ),
  );
  return (
    <>
      <dl class="facts">
        <dt>Time zone</dt>
        <dd>{region.timezone}</dd>
        <dt>Not serving steadily</dt>
        <dd>
          {troubled.length === 0 ? "no script" : `${troubled.length} of ${overview.scripts.length} scripts`}
        </dd>
      </dl>
      {region.nodes.length === 0 && (
        <p class="empty">No node has registered. Start one with this region’s registration token.</p>
      )}
      {region.nodes.map((node) => (
        <section class="place" key={node.id}>
          <h3>
            {node.id}
            <StateMark look={nodeLook[node.state]} />
          </h3>
          <dl class="facts">
            <dt>Last report</dt>
            <dd>{node.reportedAt === null ? "never" : <Moment at={node.reportedAt} />}</dd>
            <dt>Document</dt>
            <dd>{node.generation === null ? "none yet" : `generation ${node.generation}`}</dd>
            {node.problems.toReversed().map((problem) => (
              <div key={`${problem.at} ${problem.code}`}>
                <dt>
                  <Moment at={problem.at} />
                </dt>
                <dd class="problem">
                  <strong>{problem.code}</strong> {problem.message}
                </dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </>
  );
}

function shortDigest(digest: string): string {
  return digest.replace(/^sha256:/, "").slice(0, 12);
}

import type { JSX } from "preact";
import type { OverviewRollout, OverviewRolloutRegion } from "#app/api/overview.ts";
import { Icon } from "./icon.tsx";
import { OutLink, ViewLink } from "./links.tsx";
import { Moment } from "./moment.tsx";
import { usePage } from "./page.ts";
import { StateMark } from "./state-mark.tsx";
import { regionLook, rolloutLook } from "./state-words.ts";
import { timelineOf } from "./timeline.ts";

interface RolloutCardProps {
  readonly rollout: OverviewRollout;
  readonly repositoryUrl: string | null;
}

/** One rollout: what and why, how it stands, its time line, and every region of it. */
export function RolloutCard({ rollout, repositoryUrl }: RolloutCardProps): JSX.Element {
  const page = usePage();
  const unit = `${rollout.script}@${rollout.version}`;
  const look = rolloutLook(rollout, page.nowMs.value);
  return (
    <article class={`card tone-${look.tone}`} aria-label={`Rollout of ${unit}`}>
      <header class="card-head">
        <ViewLink change={{ inspected: { kind: "script", unit } }} class="card-name">
          {unit}
        </ViewLink>
        <OutLink
          to={repositoryUrl === null ? null : `${repositoryUrl}/commit/${rollout.commit}`}
          class="commit"
        >
          {rollout.commit.slice(0, 7)}
        </OutLink>
        {rollout.pullRequest !== null && (
          <OutLink to={rollout.pullRequest.url} class="pull" title={rollout.pullRequest.title}>
            <Icon name="pull" />#{rollout.pullRequest.number}
          </OutLink>
        )}
        <StateMark look={look} />
      </header>
      <p class="card-phase" title={rollout.phaseText}>
        <span>{rollout.phaseText}</span>
        <span class="percent">{rollout.percent}%</span>
      </p>
      <TimeTrack rollout={rollout} />
      <ul class="legs">
        {rollout.regions.map((region) => (
          <Leg key={region.region} region={region} />
        ))}
      </ul>
    </article>
  );
}

/** From the start to the promise, with now and the expected end. The legend says the same in words. */
function TimeTrack({ rollout }: { rollout: OverviewRollout }): JSX.Element {
  const page = usePage();
  const isOver = rollout.completedAt !== null;
  const isExpected = !isOver && rollout.phase !== "rollingBack" && rollout.phase !== "refused";
  const nowMs = rollout.completedAt === null ? page.nowMs.value : Date.parse(rollout.completedAt);
  const { nowPct, expectedPct, promisedPct } = timelineOf(rollout, nowMs);
  return (
    <div class="time">
      <div class="track" aria-hidden="true">
        <span class="track-past" style={{ width: `${nowPct}%` }} />
        <span class="track-promised" style={{ left: `${promisedPct}%` }} />
        {isExpected && <span class="track-expected" style={{ left: `${expectedPct}%` }} />}
        <span class="track-now" style={{ left: `${nowPct}%` }} />
      </div>
      <p class="legend">
        <span>
          <i class="key-now" aria-hidden="true" />
          {isOver ? "ended" : "now"} <Moment at={new Date(nowMs).toISOString()} />
        </span>
        {isExpected && (
          <span>
            <i class="key-expected" aria-hidden="true" />
            expected <Moment at={rollout.expectedBy} />
          </span>
        )}
        <span>
          <i class="key-promised" aria-hidden="true" />
          promised <Moment at={rollout.promisedBy} />
        </span>
      </p>
    </div>
  );
}

function Leg({ region }: { region: OverviewRolloutRegion }): JSX.Element {
  return (
    <li class="leg">
      <span class="leg-wave" title={`Wave ${region.wave}`}>
        {region.wave}
      </span>
      <ViewLink change={{ inspected: { kind: "region", name: region.region } }} class="leg-region">
        {region.region}
      </ViewLink>
      <span class="leg-state" title={region.note ?? undefined}>
        <StateMark look={regionLook[region.state]} />
        {region.since !== null && (
          <span class="since">
            <Moment at={region.since} />
          </span>
        )}
      </span>
      <span class="leg-nodes">
        {region.nodesAttested}/{region.nodesTotal} nodes
      </span>
      {region.note !== null && (
        <span class={`leg-note tone-${regionLook[region.state].tone}`}>{region.note}</span>
      )}
    </li>
  );
}

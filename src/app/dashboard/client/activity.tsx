import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import type { Overview, OverviewPullRequest, OverviewRollout } from "#app/api/overview.ts";
import { Icon } from "./icon.tsx";
import { OutLink, ViewLink } from "./links.tsx";
import { Moment } from "./moment.tsx";
import { repositoryUrl, usePage } from "./page.ts";
import { RolloutCard } from "./rollout-card.tsx";
import { StateMark } from "./state-mark.tsx";
import { pullRequestLook, rolloutLook } from "./state-words.ts";
import { steadyOrder } from "./steady-order.ts";
import { promiseText } from "./time-words.ts";

/** A rollout that ended stays where it was for this long, so that its reader sees the end. */
const lingerMs = 60_000;
const recentMax = 6;

/** What is moving, what waits for somebody, and what just ended. */
export function Activity({ overview }: { overview: Overview }): JSX.Element {
  const page = usePage();
  const [isReading, setReading] = useState(false);
  const seen = useRef<readonly string[]>([]);
  const nowMs = page.nowMs.peek();
  const byId = new Map(overview.rollouts.map((rollout) => [rollout.id, rollout]));
  const inFlight = overview.rollouts.filter((rollout) => rollout.completedAt === null).map(({ id }) => id);
  const lingers = (id: string): boolean => {
    const endedAt = byId.get(id)?.completedAt ?? null;
    return endedAt !== null && (isReading || nowMs - Date.parse(endedAt) < lingerMs);
  };
  seen.current = steadyOrder(seen.current, inFlight, lingers);
  const cards = seen.current.flatMap((id) => byId.get(id) ?? []);
  const ended = overview.rollouts.filter(
    ({ id, completedAt }) => completedAt !== null && !seen.current.includes(id),
  );
  return (
    <div onPointerEnter={() => setReading(true)} onPointerLeave={() => setReading(false)}>
      <section aria-labelledby="flight-title">
        <h2 id="flight-title">
          Rollouts in flight <span class="number">{inFlight.length}</span>
        </h2>
        {cards.map((rollout) => (
          <RolloutCard
            key={rollout.id}
            rollout={rollout}
            repositoryUrl={repositoryUrl(overview, rollout.script, rollout.version)}
          />
        ))}
        {cards.length === 0 && (
          <p class="empty">
            Nothing is moving. A merge starts a rollout; it shows here with its promised time.
          </p>
        )}
      </section>
      <PullRequests pullRequests={overview.pullRequests} />
      <Ended rollouts={ended.slice(0, recentMax)} />
    </div>
  );
}

function PullRequests({ pullRequests }: { pullRequests: readonly OverviewPullRequest[] }): JSX.Element {
  return (
    <section aria-labelledby="pulls-title">
      <h2 id="pulls-title">
        Open pull requests <span class="number">{pullRequests.length}</span>
      </h2>
      {pullRequests.length === 0 && (
        <p class="empty">None touches a script. Open one, and its check says what a merge would do.</p>
      )}
      <ul class="rows">
        {pullRequests.map((pullRequest) => (
          <li key={`${pullRequest.repository}#${pullRequest.number}`} class="row">
            <OutLink to={pullRequest.url} class="row-title" title={pullRequest.title}>
              {pullRequest.title}
            </OutLink>
            <StateMark look={pullRequestLook(pullRequest)} />
            <span class="row-detail">
              {pullRequest.repository}#{pullRequest.number}
              {pullRequest.scripts.length > 0 && ` · ${pullRequest.scripts.join(", ")}`}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Ended({ rollouts }: { rollouts: readonly OverviewRollout[] }): JSX.Element {
  const page = usePage();
  return (
    <section aria-labelledby="ended-title">
      <h2 id="ended-title">Recently completed</h2>
      {rollouts.length === 0 && <p class="empty">No rollout has ended yet.</p>}
      <ul class="rows">
        {rollouts.map((rollout) => {
          const unit = `${rollout.script}@${rollout.version}`;
          const endedAt = rollout.completedAt ?? rollout.expectedBy;
          return (
            <li key={rollout.id} class="row">
              <span class="row-title row-unit">
                <ViewLink change={{ inspected: { kind: "script", unit } }}>{unit}</ViewLink>
                <span class="commit">{rollout.commit.slice(0, 7)}</span>
                {rollout.pullRequest !== null && (
                  <OutLink to={rollout.pullRequest.url} class="pull" title={rollout.pullRequest.title}>
                    <Icon name="pull" />#{rollout.pullRequest.number}
                  </OutLink>
                )}
              </span>
              <StateMark look={rolloutLook(rollout, page.nowMs.peek())} />
              <span class="row-detail">
                {rollout.phaseText}
                {rollout.phase === "completed" && (
                  <>
                    {" since "}
                    <Moment at={endedAt} /> ·{" "}
                    {promiseText(Date.parse(endedAt), Date.parse(rollout.promisedBy))}
                  </>
                )}
              </span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

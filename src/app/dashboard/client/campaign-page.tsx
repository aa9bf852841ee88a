import type { JSX } from "preact";
import type { CampaignDetail } from "#app/api/campaign-view.ts";
import { CampaignActions } from "./campaign-actions.tsx";
import { BurnDown, StateBar } from "./campaign-charts.tsx";
import { byNeed, campaignLooks, unitLooks } from "./campaign-words.ts";
import { OutLink } from "./links.tsx";
import type { LiveCampaign } from "./live-campaign.ts";
import { LivePage } from "./live-page.tsx";
import { StateMark } from "./state-mark.tsx";
import { utcText } from "./time-words.ts";

/** One upgrade across many repositories: how far it is, whether it is well, and what waits for somebody. */
export function CampaignPage({ live }: { live: LiveCampaign }): JSX.Element {
  return (
    <LivePage
      live={live}
      what="the campaign"
      title={(campaign) => (campaign === null ? "Campaign" : `${campaign.progress} · ${campaign.name}`)}
      className="campaign"
    >
      {(campaign) => (
        <main>
          <Answer campaign={campaign} />
          <div class="campaign-charts">
            <StateBar counts={campaign.counts} />
            <BurnDown history={campaign.history} state={campaign.state} />
          </div>
          <CampaignActions campaign={campaign} />
          <Units units={campaign.units} />
        </main>
      )}
    </LivePage>
  );
}

function Answer({ campaign }: { campaign: CampaignDetail }): JSX.Element {
  const { library, to, description, problem, stopped, supersededBy, advisory, owner, startedAt, shipScore } =
    campaign;
  return (
    <section class="canary-answer">
      <p class="canary-unit">
        <a href="/campaigns">Campaigns</a> · {library} to {to}
      </p>
      <h1>{campaign.progress}</h1>
      <p class="canary-reason">
        <StateMark look={campaignLooks[campaign.state]} /> {description}
      </p>
      {supersededBy !== null && (
        <p class="canary-note">
          Its pull requests go on in{" "}
          <a href={`/campaigns/${encodeURIComponent(supersededBy)}`}>{supersededBy}</a>.
        </p>
      )}
      {problem !== null && (
        <p class="campaign-stopped" role="alert">
          Nothing to go by, so nothing is opened: {problem}
        </p>
      )}
      {stopped !== null && (
        <p class="campaign-stopped" role="alert">
          {stopped.rollback === true ? "Taken back" : "Stopped"} by {stopped.by}: {stopped.reason}
        </p>
      )}
      <dl class="canary-facts">
        <dt>Owner</dt>
        <dd>{owner}</dd>
        {advisory !== null && (
          <>
            <dt>Advisory</dt>
            <dd>{advisory}</dd>
          </>
        )}
        {startedAt !== null && (
          <>
            <dt>Started</dt>
            <dd>
              <time dateTime={startedAt}>{utcText(Date.parse(startedAt))}</time>
            </dd>
          </>
        )}
        <dt>Ships at</dt>
        <dd>{shipScore} of 100</dd>
      </dl>
    </section>
  );
}

function Units({ units }: { units: CampaignDetail["units"] }): JSX.Element {
  const shown = units
    .filter(({ state }) => state !== "notNeeded")
    .toSorted((a, b) => byNeed(a.state, b.state) || (b.requestsPerMinute ?? 0) - (a.requestsPerMinute ?? 0));
  const idle = units.length - shown.length;
  return (
    <section class="canary-part">
      <h2>Repositories</h2>
      {shown.length === 0 && <p class="empty">No repository needs it.</p>}
      {shown.length > 0 && (
        <div class="canary-scroll">
          <table class="canary-table">
            <thead>
              <tr>
                {["Repository", "Branch", "State", "Score", "Requests a minute", "Scripts"].map((title) => (
                  <th key={title} scope="col">
                    {title}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {shown.map((unit) => (
                <Unit key={`${unit.repository} ${unit.base}`} unit={unit} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {idle > 0 && <p class="canary-note">{idle} more were looked at and do not need it.</p>}
    </section>
  );
}

function Unit({ unit }: { unit: CampaignDetail["units"][number] }): JSX.Element {
  const { repository, base, pullRequest, state, stateText, score, requestsPerMinute, scripts, reminded } =
    unit;
  return (
    <tr>
      <th scope="row">
        <OutLink to={pullRequest?.url ?? null}>
          {repository}
          {pullRequest === null ? "" : `#${pullRequest.number}`}
        </OutLink>
      </th>
      <td>{base}</td>
      <td title={stateText}>
        <StateMark look={unitLooks[state]} />
        {needsReason(state) && <span class="table-why">{reasonIn(stateText)}</span>}
        {reminded && pullRequest?.state === "open" && <span class="table-why">its owners were reminded</span>}
      </td>
      <td>{score ?? ""}</td>
      <td>{requestsPerMinute ?? "unknown"}</td>
      <td>{scripts.join(", ")}</td>
    </tr>
  );
}

function needsReason(state: keyof typeof unitLooks): boolean {
  return ["bad", "warn"].includes(unitLooks[state].tone) || state === "untried";
}

/** Without the word for the state and the score, which have places of their own. */
function reasonIn(stateText: string): string {
  return stateText.replace(/^[^:·]*[:·] */, "").replace(/^[\d.]+\/100 · /, "");
}

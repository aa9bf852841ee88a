import type { JSX } from "preact";
import type { AttentionReport } from "#app/api/inventory-routes.ts";
import type { CampaignSummary } from "#app/api/campaign-view.ts";
import { ShareBar } from "./campaign-charts.tsx";
import { campaignLooks } from "./campaign-words.ts";
import type { LiveAttention, LiveCampaigns } from "./live-campaign.ts";
import { LivePage } from "./live-page.tsx";
import { StateMark } from "./state-mark.tsx";
import { utcText } from "./time-words.ts";

interface CampaignsPageProps {
  readonly live: LiveCampaigns;
  readonly attention: LiveAttention;
}

/** All campaigns, those that need somebody first; below them the scripts that should not stay as they are. */
export function CampaignsPage({ live, attention }: CampaignsPageProps): JSX.Element {
  return (
    <LivePage live={live} what="the campaigns" title={() => "Campaigns"} className="campaign">
      {({ campaigns }) => (
        <main class="canary-answer">
          <h1>Campaigns</h1>
          {campaigns.length === 0 ? (
            <p class="empty">
              There is none. Start one: <code>showrunner campaign start --library NAME --to VERSION</code>
            </p>
          ) : (
            <List campaigns={campaigns} />
          )}
          <Attention uses={attention.view.value?.uses ?? []} />
        </main>
      )}
    </LivePage>
  );
}

const order = ["rollingBack", "stopped", "running", "rolledBack", "done", "superseded"];

function List({ campaigns }: { campaigns: readonly CampaignSummary[] }): JSX.Element {
  return (
    <div class="canary-scroll">
      <table class="canary-table campaign-list">
        <thead>
          <tr>
            {["Campaign", "State", "Progress", "Owner", "Started"].map((title) => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {campaigns
            .toSorted((a, b) => order.indexOf(a.state) - order.indexOf(b.state))
            .map((campaign) => (
              <Row key={campaign.name} campaign={campaign} />
            ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ campaign }: { campaign: CampaignSummary }): JSX.Element {
  const { name, library, to, state, stopped, problem, progress, counts, owner, startedAt, advisory } =
    campaign;
  return (
    <tr>
      <th scope="row">
        <a href={`/campaigns/${encodeURIComponent(name)}`}>{name}</a>
        <span class="table-why">
          {library} to {to}
          {advisory !== null && `, ${advisory}`}
        </span>
      </th>
      <td>
        <StateMark look={campaignLooks[state]} />
        {stopped !== null && <span class="table-why">{stopped.reason}</span>}
        {problem !== null && <span class="table-why">Nothing to go by: {problem}</span>}
      </td>
      <td class="campaign-progress">
        <ShareBar counts={counts} />
        <span class="table-why">{progress}</span>
      </td>
      <td>{owner}</td>
      <td>
        {startedAt === null ? (
          "not yet"
        ) : (
          <time dateTime={startedAt}>{utcText(Date.parse(startedAt)).slice(0, 16)} UTC</time>
        )}
      </td>
    </tr>
  );
}

const attendedMax = 100;

/** Nothing at all where no script needs it. */
function Attention({ uses }: { uses: AttentionReport["uses"] }): JSX.Element | null {
  if (uses.length === 0) return null;
  return (
    <section class="canary-part">
      <h2>Scripts that need attention</h2>
      <table class="canary-table">
        <thead>
          <tr>
            {["Script", "Library", "Why", "Regions", "Requests/min", "Campaign"].map((title) => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {uses.slice(0, attendedMax).map((use) => (
            <tr key={`${use.script} ${use.library} ${use.digest}`}>
              <th scope="row">{use.script}</th>
              <td>
                {use.library} {use.libraryVersion}
              </td>
              <td>{use.reasonText}</td>
              <td>{use.regions.join(", ")}</td>
              <td>{use.requestsPerMinute ?? ""}</td>
              <td>
                {use.campaign !== null && (
                  <a href={`/campaigns/${encodeURIComponent(use.campaign)}`}>{use.campaign}</a>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {uses.length > attendedMax && (
        <p class="canary-note">
          The first {attendedMax} of {uses.length}; all: <code>showrunner inventory --attention</code>
        </p>
      )}
    </section>
  );
}

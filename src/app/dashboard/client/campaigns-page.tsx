import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { CampaignSummary } from "#app/api/campaign-view.ts";
import { campaignLooks } from "./campaign-words.ts";
import type { LiveCampaigns } from "./live-campaign.ts";
import { StateMark } from "./state-mark.tsx";
import { TopBar } from "./top-bar.tsx";

/** All campaigns, those that need somebody first. */
export function CampaignsPage({ live }: { live: LiveCampaigns }): JSX.Element {
  const list = live.view.value;
  const problem = live.problem.value;
  useEffect(() => {
    document.title = "Campaigns · Showrunner";
  }, []);
  return (
    <div class="page canary campaign">
      <TopBar problem={list === null ? null : problem} />
      {list === null ? (
        <p class="boot" role="status">
          {problem === null ? "Loading the campaigns…" : `${problem}.`}
        </p>
      ) : (
        <main class="canary-answer">
          <h1>Campaigns</h1>
          {list.campaigns.length === 0 ? (
            <p class="empty">
              There is none. Start one: <code>showrunner campaign start --library NAME --to VERSION</code>
            </p>
          ) : (
            <List campaigns={list.campaigns} />
          )}
        </main>
      )}
    </div>
  );
}

const order = ["stopped", "running", "done", "superseded"];

function List({ campaigns }: { campaigns: readonly CampaignSummary[] }): JSX.Element {
  return (
    <table class="canary-table">
      <thead>
        <tr>
          {["Campaign", "Library", "State", "Progress", "Owner"].map((title) => (
            <th key={title} scope="col">
              {title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {campaigns
          .toSorted((a, b) => order.indexOf(a.state) - order.indexOf(b.state))
          .map(({ name, library, to, state, progress, owner }) => (
            <tr key={name}>
              <th scope="row">
                <a href={`/campaigns/${encodeURIComponent(name)}`}>{name}</a>
              </th>
              <td>
                {library} to {to}
              </td>
              <td>
                <StateMark look={campaignLooks[state]} />
              </td>
              <td>{progress}</td>
              <td>{owner}</td>
            </tr>
          ))}
      </tbody>
    </table>
  );
}

import { computed, signal } from "@preact/signals";
import { type JSX, render } from "preact";
import { App } from "./app.tsx";
import { CampaignPage } from "./campaign-page.tsx";
import { CampaignsPage } from "./campaigns-page.tsx";
import { CanaryPage } from "./canary-page.tsx";
import { ExperimentPage } from "./experiment-page.tsx";
import { ExperimentsPage } from "./experiments-page.tsx";
import { createLiveAttention, createLiveCampaign, createLiveCampaigns } from "./live-campaign.ts";
import { createLiveCanary } from "./live-canary.ts";
import { createLiveExperiment, createLiveExperiments } from "./live-experiments.ts";
import { createLiveOverview } from "./live-overview.ts";
import { type Page, PageContext } from "./page.ts";
import { parseViewState, viewStateUrl } from "./view-state.ts";

const live = createLiveOverview("/api/overview", "/api/events");
const view = signal(parseViewState(location.search));
const tickMs = signal(performance.now());

const ageMs = computed(() => {
  const { value } = live.snapshot;
  return value === null ? 0 : Math.max(0, tickMs.value - value.receivedAtMs);
});
const page: Page = {
  live,
  view,
  ageMs,
  nowMs: computed(() => Date.parse(live.snapshot.value?.overview.generatedAt ?? "") + ageMs.value),
  zone: { locale: undefined, timeZone: undefined },
  go(next, how) {
    view.value = next;
    const url = viewStateUrl(next);
    if (how === "push") {
      history.pushState(null, "", url);
    } else {
      history.replaceState(null, "", url);
    }
  },
};

setInterval(() => {
  tickMs.value = performance.now();
}, 1000);
addEventListener("popstate", () => {
  view.value = parseViewState(location.search);
});

const root = document.getElementById("app");
if (root !== null) {
  root.replaceChildren();
  const shown = pageAt(location.pathname);
  render(<PageContext.Provider value={page}>{shown.body}</PageContext.Provider>, root);
  shown.start();
}

/** What the address is about, and what begins to follow it. */
function pageAt(path: string): { readonly body: JSX.Element; readonly start: () => void } {
  const [, kind, name] = /^\/(canaries|campaigns|experiments)(?:\/([^/]+))?$/.exec(path) ?? [];
  if (kind === "canaries" && name !== undefined) {
    const canary = createLiveCanary(decodeURIComponent(name));
    return { body: <CanaryPage live={canary} />, start: canary.start };
  }
  if (kind === "campaigns" && name !== undefined) {
    const campaign = createLiveCampaign(decodeURIComponent(name));
    return { body: <CampaignPage live={campaign} />, start: campaign.start };
  }
  if (kind === "campaigns") {
    const [campaigns, attention] = [createLiveCampaigns(), createLiveAttention()];
    const start = () => {
      campaigns.start();
      attention.start();
    };
    return { body: <CampaignsPage live={campaigns} attention={attention} />, start };
  }
  if (kind === "experiments" && name !== undefined) {
    const experiment = createLiveExperiment(decodeURIComponent(name));
    return { body: <ExperimentPage live={experiment} />, start: experiment.start };
  }
  if (kind === "experiments") {
    const experiments = createLiveExperiments();
    return { body: <ExperimentsPage live={experiments} />, start: experiments.start };
  }
  return { body: <App />, start: () => live.start() };
}

import { computed, signal } from "@preact/signals";
import { render } from "preact";
import { App } from "./app.tsx";
import { CanaryPage } from "./canary-page.tsx";
import { createLiveCanary } from "./live-canary.ts";
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
  const canaryId = canaryInAddress(location.pathname);
  const canary = canaryId === null ? null : createLiveCanary(canaryId);
  render(
    <PageContext.Provider value={page}>
      {canary === null ? <App /> : <CanaryPage live={canary} />}
    </PageContext.Provider>,
    root,
  );
  (canary ?? live).start();
}

/** The run that "/canaries/<id>" is about; null for every other address. */
function canaryInAddress(path: string): string | null {
  const [, id] = /^\/canaries\/([^/]+)$/.exec(path) ?? [];
  return id === undefined ? null : decodeURIComponent(id);
}

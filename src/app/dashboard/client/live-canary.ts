import type { CanaryView } from "#app/api/canary-view.ts";
import { createLiveView, type LiveView } from "./live-view.ts";

export type LiveCanary = LiveView<CanaryView>;

/** Follows one run until it has ended. */
export function createLiveCanary(id: string): LiveCanary {
  return createLiveView<CanaryView>({
    address: `/api/canaries/${encodeURIComponent(id)}`,
    isView: (body): body is CanaryView => "headline" in body && "metrics" in body,
    missing: `There is no canary run ${id}; runs are forgotten after 30 days`,
    isOver: ({ phase }) => phase === "ended",
  });
}

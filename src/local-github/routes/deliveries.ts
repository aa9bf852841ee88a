import { numberParam, type Call, type Reply, type Routes } from "../call.ts";
import { HttpError, notFound } from "../http-error.ts";
import { pageUrl, perPageOf } from "../paging.ts";
import type { Delivery } from "../records.ts";
import type { Json } from "../representations/json.ts";
import { demandApp } from "./apps.ts";

/** The record of the webhooks that were sent, and sending one again. */
export const deliveryRoutes: Routes = {
  "apps/list-webhook-deliveries": list,
  "apps/get-webhook-delivery": (call) => {
    const delivery = find(call);
    const { outcome } = delivery;
    const payload: unknown = JSON.parse(call.github.deliveries.payload(delivery));
    const answered = outcome.kind === "answered";
    return {
      status: 200,
      body: {
        ...summaryJson(delivery),
        url: call.github.app.webhookUrl,
        request: { headers: call.github.deliveries.headers(delivery), payload },
        response: { headers: answered ? outcome.headers : null, payload: answered ? outcome.body : null },
      },
    };
  },
  "apps/redeliver-webhook-delivery": (call) => {
    call.github.deliveries.redeliver(find(call));
    return { status: 202, body: {} };
  },
};

function find(call: Call): Delivery {
  demandApp(call);
  const found = call.github.store.deliveries.get(numberParam(call, "delivery_id"));
  if (found === undefined) throw notFound();
  return found;
}

// Newest first, and paged by a cursor (the id to go on below), because the list grows while it is read.
function list(call: Call): Reply {
  demandApp(call);
  const cursor = Number(call.query.get("cursor") ?? Number.MAX_SAFE_INTEGER);
  if (Number.isNaN(cursor)) throw new HttpError(400, "Bad cursor");
  const wanted = call.query.get("status");
  const known = call.github.store.deliveries
    .list(0)
    .filter((delivery) => delivery.outcome.kind !== "pending" && delivery.id < cursor)
    .filter((delivery) => wanted === null || (wanted === "success") === isSuccess(delivery))
    .toReversed();
  const items = known.slice(0, perPageOf(call));
  const last = items.at(-1);
  const more = last !== undefined && items.length < known.length;
  const headers: Record<string, string> = more
    ? { link: `<${pageUrl(call, { cursor: String(last.id) })}>; rel="next"` }
    : {};
  return { status: 200, headers, body: items.map(summaryJson) };
}

function isSuccess({ outcome }: Delivery): boolean {
  return outcome.kind === "answered" && outcome.statusCode < 400;
}

function summaryJson(delivery: Delivery): Json {
  const { outcome } = delivery;
  return {
    id: delivery.id,
    guid: delivery.guid,
    delivered_at: outcome.kind === "pending" ? delivery.createdAt : outcome.at,
    redelivery: delivery.redelivery,
    duration: outcome.kind === "pending" ? 0 : outcome.durationMs / 1000,
    status: statusText(delivery),
    status_code: outcome.kind === "answered" ? outcome.statusCode : 0,
    event: delivery.event,
    action: delivery.action,
    installation_id: delivery.installationId,
    repository_id: delivery.repositoryId,
    throttled_at: null,
  };
}

function statusText({ outcome }: Delivery): string {
  switch (outcome.kind) {
    case "pending":
      return "pending";
    case "failed":
      return "failed to connect to host";
    case "answered":
      return outcome.statusCode < 400 ? "OK" : `Invalid HTTP Response: ${outcome.statusCode}`;
    default:
      return outcome satisfies never;
  }
}

import type { Notice } from "./notice.ts";
import type { NotifyEndpoint } from "./notify-endpoint.ts";

/** A request body and its type. */
export interface NoticeMessage {
  readonly contentType: string;
  readonly body: string;
}

/**
 * A notice in an endpoint's format: a CloudEvent 1.0 in structured JSON (source: CloudEvents specification 1.0.2 and
 * its JSON event format), or what Slack's incoming webhooks, and those of its kin, take.
 */
export function noticeMessage(
  notice: Notice,
  format: NotifyEndpoint["format"],
  /** A URI that names this fleet. */
  source: string,
): NoticeMessage {
  if (format === "slack")
    return { contentType: "application/json", body: JSON.stringify({ text: slackText(notice.text) }) };
  const { id, kind, subject, atMs, text, data } = notice;
  const event = {
    specversion: "1.0",
    id,
    source,
    type: `dev.showrunner.${kind}`,
    subject,
    time: new Date(atMs).toISOString(),
    datacontenttype: "application/json",
    data: { ...data, text },
  };
  return { contentType: "application/cloudevents+json; charset=utf-8", body: JSON.stringify(event) };
}

/** Slack reads only these three as markup of its own: links and mentions begin with "<". */
function slackText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

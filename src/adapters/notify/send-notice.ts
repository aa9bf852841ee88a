import { type RequestOptions, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { Webhook } from "standardwebhooks";
import type { SendOutcome } from "#domain/notify/after-attempt.ts";
import type { NoticeMessage } from "#domain/notify/notice-message.ts";
import { destination } from "./destination.ts";

const answerMsMax = 10_000;
const answerBytesMax = 64 * 1024;

export interface Sending {
  readonly url: string;
  /** Standard Webhooks' own form, "whsec_" and base64; null sends unsigned. */
  readonly signingSecret: string | null;
  /** The same at every try. */
  readonly id: string;
  readonly message: NoticeMessage;
  readonly nowMs: number;
  /** "host:port" that may be reached though it is not public, or not by https. */
  readonly allowed: ReadonlySet<string>;
}

/**
 * One try to post a message, signed as Standard Webhooks say (https://www.standardwebhooks.com). Any 2xx is delivered.
 * No redirect is followed. What went wrong never holds the address, which may be a secret.
 */
export async function sendNotice(sending: Sending): Promise<SendOutcome> {
  const headers = headersOf(sending);
  if (headers === null)
    return { kind: "refused", reason: "its signing secret is not a Standard Webhooks secret" };
  const place = await destination(sending.url, sending.allowed);
  if (!place.ok)
    return place.isFinal
      ? { kind: "refused", reason: place.reason }
      : { kind: "failed", reason: place.reason, retryAfterMs: null };
  const { url, address, family } = place;
  const options: RequestOptions = {
    method: "POST",
    headers,
    agent: false,
    signal: AbortSignal.timeout(answerMsMax),
    lookup: (_name, { all }, done) => (all ? done(null, [{ address, family }]) : done(null, address, family)),
  };
  return new Promise((resolve) => {
    const failed = (reason: string): void => resolve({ kind: "failed", reason, retryAfterMs: null });
    const post = url.protocol === "http:" ? requestHttp : requestHttps;
    const sent = post(url, options, (answer) => {
      let bytes = 0;
      answer.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > answerBytesMax) answer.destroy();
      });
      answer.once("error", () => undefined);
      resolve(outcomeOf(answer.statusCode ?? 0, answer.headers["retry-after"]));
    });
    sent.once("error", (error) => failed(errorWords(error)));
    sent.end(sending.message.body);
  });
}

function headersOf({ signingSecret, id, message, nowMs }: Sending): Record<string, string | number> | null {
  const { contentType, body } = message;
  const at = new Date(nowMs);
  const plain = {
    "content-type": contentType,
    "content-length": Buffer.byteLength(body),
    "user-agent": "showrunner",
    "webhook-id": id,
    "webhook-timestamp": Math.floor(nowMs / 1000),
  };
  if (signingSecret === null) return plain;
  try {
    return { ...plain, "webhook-signature": new Webhook(signingSecret).sign(id, at, body) };
  } catch {
    return null;
  }
}

function outcomeOf(status: number, retryAfter: string | undefined): SendOutcome {
  if (status >= 200 && status < 300) return { kind: "delivered" };
  // Standard Webhooks: the receiver wants no more of them.
  if (status === 410) return { kind: "refused", reason: "it answered 410: it wants nothing any more" };
  const seconds = /^\d{1,6}$/.test(retryAfter ?? "") ? Number(retryAfter) : null;
  const reason = `it answered ${status}`;
  return { kind: "failed", reason, retryAfterMs: seconds === null ? null : seconds * 1000 };
}

function errorWords(error: Error): string {
  if (error.name === "TimeoutError" || error.name === "AbortError")
    return `it did not answer within ${answerMsMax / 1000} s`;
  return "code" in error ? `it cannot be reached: ${String(error.code)}` : "it cannot be reached";
}

import { randomUUID } from "node:crypto";
import { assertNever } from "../assert-never.ts";
import { gatewayError } from "../gateway/gateway-error.ts";
import type { RouteTable } from "../gateway/route-table.ts";
import { chooseVariant, type VersionPlan } from "../gateway/version-plan.ts";
import type { FlatRequest, FlatResponse } from "../isolates/dispatch-codec.ts";
import type { DispatchOutcome } from "../isolates/script-instance.ts";
import type { FlatHeaders, HeaderPairs, WireBody, WireFetchReply, WireRequest } from "../sandbox/messages.ts";
import type { CallAnswer } from "../worker-messages.ts";
import type { InstanceSlot } from "./instance-slot.ts";

const MIB = 1024 * 1024;
const VERSION_HEADER = "x-showrunner-version";
const LINE_END = /[\r\n]/;
// The caller's sandbox may have been tampered with, and this goes into the callee's.
const METHOD = /^[A-Z]{1,20}$/;
// What comes next is no request of the caller's any more.
const HOP_HEADERS = new Set([
  "connection",
  "content-length",
  "host",
  "keep-alive",
  "transfer-encoding",
  "upgrade",
]);

export interface ScriptCallsDeps {
  readonly routes: () => RouteTable<VersionPlan<InstanceSlot>>;
  readonly nowMs: () => number;
  readonly random: () => number;
}

/**
 * Calls from one script to another of the same region, by name. They are answered in this worker, and shared out among
 * revisions as any other request is. What the platform would answer a client with, it answers the caller with. Chains
 * of calls end by themselves: each call is in flight in its callee, whose limits hold for it.
 */
export class ScriptCalls {
  readonly #deps: ScriptCallsDeps;

  constructor(deps: ScriptCallsDeps) {
    this.#deps = deps;
  }

  async call(name: string, request: WireRequest): Promise<CallAnswer> {
    const url = URL.parse(request.url)?.href;
    const reply =
      url === undefined || !METHOD.test(request.method)
        ? ({ ok: false, message: "the request cannot be read" } as const)
        : await this.#call(name, { ...request, url });
    return { callee: this.#deps.routes().scripts.has(name) ? name : "unknown", reply };
  }

  async #call(name: string, request: WireRequest): Promise<WireFetchReply> {
    const headers = Object.fromEntries(request.headers.map(([key, value]) => [key.toLowerCase(), value]));
    const script = this.#deps.routes().scripts.get(name);
    if (script === undefined) return { ok: false, message: `no script ${name} is served in this region` };
    const version = headers[VERSION_HEADER] ?? script.defaultVersion;
    const plan = version === null ? undefined : script.byVersion.get(version);
    if (plan === undefined)
      return { ok: false, message: `${name} has no live version ${version ?? "by default"}` };
    if (plan.isKilled === true) return errorReply("killed", name, request.url);
    const choice = chooseVariant(plan, {
      caller: { headers, remoteAddress: undefined },
      override: null,
      nowMs: this.#deps.nowMs(),
      random: this.#deps.random,
    });
    return choice.kind === "chosen"
      ? ask(choice.target, request)
      : errorReply("not_ready", name, request.url);
  }
}

async function ask(slot: InstanceSlot, request: WireRequest): Promise<WireFetchReply> {
  const flat: FlatRequest = {
    method: request.method,
    url: request.url,
    headers: flatten(request.headers),
    body: request.body,
  };
  const startedMs = performance.now();
  const { wallMs } = slot.settings.limits;
  const outcome = await new Promise<DispatchOutcome>((resolve) => {
    slot.dispatch(flat, { requestId: randomUUID(), wallMs }, resolve);
  });
  const { reply, status, code } = answerOf(slot, outcome, request.url);
  slot.recorder.recordAnswer(status, code, performance.now() - startedMs);
  return reply;
}

function answerOf(
  slot: InstanceSlot,
  outcome: DispatchOutcome,
  url: string,
): { readonly reply: WireFetchReply; readonly status: number; readonly code: ErrorCode | null } {
  const code = outcome.kind === "failure" ? outcome.code : problemOf(slot, outcome.response);
  if (outcome.kind === "failure" || code !== null) {
    const failed = code ?? "script_error";
    const { status } = gatewayError(failed, slot.identity.script, "");
    return { reply: errorReply(failed, slot.identity.script, url), status, code: failed };
  }
  const { status, headers, body } = outcome.response;
  const made = slot.headers.make(headers)?.raw ?? [];
  const response = { status, headers: pairsOf(made), body };
  return { reply: { ok: true, response, url, redirected: false }, status, code: null };
}

type ErrorCode = Parameters<typeof gatewayError>[0];

function problemOf(slot: InstanceSlot, { status, headers, body }: FlatResponse): ErrorCode | null {
  if (slot.headers.make(headers) === null || status < 200 || status > 599) return "invalid_response";
  return bytesOf(body) > slot.settings.limits.responseMb * MIB ? "response_too_large" : null;
}

function errorReply(code: ErrorCode, script: string, url: string): WireFetchReply {
  const { status, headers, body } = gatewayError(code, script, randomUUID());
  const response = {
    status,
    headers: pairsOf(headers.split("\n")),
    body: { kind: "text", text: body },
  } as const;
  return { ok: true, response, url, redirected: false };
}

function bytesOf(body: WireBody): number {
  switch (body.kind) {
    case "none":
      return 0;
    case "text":
      return Buffer.byteLength(body.text);
    case "base64":
      return Math.floor((body.base64.length * 3) / 4);
    default:
      return assertNever(body);
  }
}

function flatten(pairs: HeaderPairs): FlatHeaders {
  return pairs
    .filter(([name, value]) => !LINE_END.test(name + value) && !HOP_HEADERS.has(name.toLowerCase()))
    .map(([name, value]) => `${name}\n${value}\n`)
    .join("");
}

/** Names and values in turn, as pairs. */
function pairsOf(raw: readonly string[]): HeaderPairs {
  const pairs: [string, string][] = [];
  for (let at = 0; at + 1 < raw.length; at += 2) pairs.push([raw[at] ?? "", raw[at + 1] ?? ""]);
  return pairs;
}

import { assertNever } from "../assert-never.ts";
import type { FlatResponse } from "../isolates/dispatch-codec.ts";
import type { DispatchOutcome } from "../isolates/script-instance.ts";
import type { Exchange } from "../worker/exchange.ts";
import type { InstanceSlot } from "../worker/instance-slot.ts";
import { ReplyHeaderMaker } from "../worker/reply-headers.ts";
import { gatewayError, type GatewayErrorCode } from "./gateway-error.ts";
import { OVERRIDE_HEADER, type OverrideReader } from "./override-header.ts";
import { makeRequestIds } from "./request-id.ts";
import { findRoute, type RouteTable } from "./route-table.ts";
import { chooseVariant, type VersionPlan } from "./version-plan.ts";

const HOST = /^[A-Za-z0-9._:[\]-]{1,255}$/;
const METHODS = new Set(["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]);
// Targets whose path a URL parser would leave as it is.
const PLAIN_TARGET =
  /^(?:\/[A-Za-z0-9_~@!$&'()*+,;=:-][A-Za-z0-9._~@!$&'()*+,;=:-]*)+\/?(?:\?[A-Za-z0-9._~@!$&()*+,;=:/?%-]*)?$/;
const BODYLESS_STATUSES = new Set([204, 205, 304]);
const MIB = 1024 * 1024;

export interface GatewayDeps {
  readonly region: string;
  readonly node: string;
  readonly routes: () => RouteTable<VersionPlan<InstanceSlot>>;
  /** False until the first document is in force. */
  readonly hasDocument: () => boolean;
  readonly isDraining: () => boolean;
  readonly nowMs: () => number;
  readonly random: () => number;
  readonly overrides: OverrideReader;
}

interface Answered {
  readonly status: number;
  readonly code: GatewayErrorCode | null;
}

/** The public side of a node: a request in, the script's answer or a platform error out. */
export class Gateway {
  readonly #deps: GatewayDeps;
  readonly #headers: ReplyHeaderMaker;
  readonly #nextRequestId = makeRequestIds();

  constructor(deps: GatewayDeps) {
    this.#deps = deps;
    this.#headers = new ReplyHeaderMaker(deps.node, deps.region, null);
  }

  handle(exchange: Exchange): void {
    const requestId = this.#nextRequestId();
    const target = readTarget(exchange.target);
    if (target === null) {
      this.#refuse(exchange, "bad_request", null, requestId);
      return;
    }
    const { path, search } = target;
    if (path === "/healthz") {
      this.#answerHealth(exchange, requestId);
      return;
    }
    const early = this.#findRefusal(exchange, path);
    if (early !== null) {
      this.#refuse(exchange, early, null, requestId);
      return;
    }
    this.#route(exchange, path, search, requestId);
  }

  refuseTooLarge(exchange: Exchange): void {
    this.#refuse(exchange, "request_too_large", null, this.#nextRequestId());
  }

  #findRefusal({ method }: Exchange, path: string): GatewayErrorCode | null {
    if (this.#deps.isDraining()) return "draining";
    if (!METHODS.has(method)) return "method_not_allowed";
    if (path === "/_showrunner" || path.startsWith("/_showrunner/")) return "not_found";
    return this.#deps.hasDocument() ? null : "not_ready";
  }

  #route(exchange: Exchange, path: string, search: string, requestId: string): void {
    // From here to the instance nothing waits, so a swap cannot come between the choice and the dispatch.
    const match = findRoute(this.#deps.routes(), path, exchange.head.get("x-showrunner-version") || null);
    switch (match.kind) {
      case "none":
        this.#refuse(exchange, "not_found", null, requestId);
        return;
      case "unknownVersion":
        this.#refuse(exchange, "unknown_version", match.script, requestId);
        return;
      case "noDefault":
        this.#refuse(exchange, "not_ready", match.script, requestId);
        return;
      case "found":
        this.#choose(exchange, match.target, match.script, match.path + search, requestId);
    }
  }

  #choose(
    exchange: Exchange,
    plan: VersionPlan<InstanceSlot>,
    script: string,
    target: string,
    requestId: string,
  ): void {
    if (plan.isKilled) {
      this.#refuse(exchange, "killed", script, requestId);
      return;
    }
    const { head } = exchange;
    const nowMs = this.#deps.nowMs();
    const reading = this.#deps.overrides.read(head.get(OVERRIDE_HEADER) ?? undefined, script, nowMs);
    if (reading.kind === "refused") {
      this.#refuse(exchange, "override_refused", script, requestId);
      return;
    }
    // Nearly all versions have one instance and nothing to choose.
    if (reading.kind === "none" && plan.runs.length === 0 && plan.stable !== null) {
      this.#dispatch(exchange, plan.stable, target, requestId);
      return;
    }
    const choice = chooseVariant(plan, {
      caller: { headers: head.toRecord(), remoteAddress: exchange.remoteAddress },
      override: reading.kind === "valid" ? reading.override : null,
      nowMs,
      random: this.#deps.random,
    });
    switch (choice.kind) {
      case "chosen":
        this.#dispatch(exchange, choice.target, target, requestId);
        return;
      case "overrideAbsent":
        this.#refuse(exchange, "override_absent", script, requestId);
        return;
      case "notReady":
        this.#refuse(exchange, "not_ready", script, requestId);
    }
  }

  #dispatch(exchange: Exchange, slot: InstanceSlot, target: string, requestId: string): void {
    const { host, flat } = exchange.head;
    const { wallMs } = slot.settings.limits;
    const startedMs = performance.now();
    const request = {
      method: exchange.method,
      url: `http://${HOST.test(host) ? host : "localhost"}${target}`,
      headers: flat,
      body: exchange.body,
    };
    slot.dispatch(request, { requestId, wallMs }, (outcome) => {
      const { status, code } = this.#answer(exchange, slot, outcome, requestId);
      slot.recorder.recordAnswer(status, code, performance.now() - startedMs);
    });
  }

  /** What goes out; the code is null when the script answered. */
  #answer(exchange: Exchange, slot: InstanceSlot, outcome: DispatchOutcome, requestId: string): Answered {
    if (outcome.kind === "failure") return this.#fail(exchange, slot, outcome.code, requestId);
    const { response } = outcome;
    const { status } = response;
    const headers = slot.headers.make(response.headers);
    if (headers === null || status < 200 || status > 599)
      return this.#fail(exchange, slot, "invalid_response", requestId);
    const body = bodyOf(response, slot.settings.limits.responseMb * MIB);
    if (body === null) return this.#fail(exchange, slot, "response_too_large", requestId);
    exchange.reply({ status, headers, body: BODYLESS_STATUSES.has(status) ? "" : body, requestId });
    return { status, code: null };
  }

  #fail(exchange: Exchange, slot: InstanceSlot, code: GatewayErrorCode, requestId: string): Answered {
    const retryAfterS = code === "quarantined" ? slot.retryAfterS(this.#deps.nowMs()) : undefined;
    const { status, headers, body } = gatewayError(code, slot.identity.script, requestId, retryAfterS);
    const made = slot.headers.make(headers);
    if (made !== null) exchange.reply({ status, headers: made, body, requestId });
    return { status, code };
  }

  #refuse(exchange: Exchange, code: GatewayErrorCode, script: string | null, requestId: string): void {
    const { status, headers, body } = gatewayError(code, script, requestId);
    this.#reply(exchange, status, headers, body, requestId);
  }

  #answerHealth(exchange: Exchange, requestId: string): void {
    const isDraining = this.#deps.isDraining();
    const { node, region } = this.#deps;
    const body = JSON.stringify({ state: isDraining ? "draining" : "ok", node, region });
    this.#reply(exchange, isDraining ? 503 : 200, "content-type\napplication/json\n", body, requestId);
  }

  #reply(exchange: Exchange, status: number, flat: string, body: string, requestId: string): void {
    const headers = this.#headers.make(flat);
    if (headers !== null) exchange.reply({ status, headers, body, requestId });
  }
}

/** Path and query of a request target; null when it is neither. */
function readTarget(target: string): { readonly path: string; readonly search: string } | null {
  if (PLAIN_TARGET.test(target)) {
    const mark = target.indexOf("?");
    return mark === -1
      ? { path: target, search: "" }
      : { path: target.slice(0, mark), search: target.length === mark + 1 ? "" : target.slice(mark) };
  }
  if (!target.startsWith("/")) return null;
  const url = URL.parse(`http://localhost${target}`);
  return url === null ? null : { path: url.pathname, search: url.search };
}

/** Null when it is over `bytesMax`. */
function bodyOf({ body }: FlatResponse, bytesMax: number): string | Buffer | null {
  switch (body.kind) {
    case "none":
      return "";
    case "text":
      // A UTF-16 unit is at most three bytes of UTF-8, so most bodies need no counting.
      if (body.text.length * 3 > bytesMax && Buffer.byteLength(body.text) > bytesMax) return null;
      return body.text;
    case "base64": {
      const bytes = Buffer.from(body.base64, "base64");
      return bytes.length > bytesMax ? null : bytes;
    }
    default:
      return assertNever(body);
  }
}

import type { FlatHeaders } from "../sandbox/messages.ts";

/** What the platform itself answers, and how it is sent. */
export type GatewayErrorCode = keyof typeof ERRORS;

const ERRORS = {
  not_found: { status: 404, message: "No script serves this path" },
  unknown_version: { status: 404, message: "The script has no such live version here" },
  override_absent: { status: 404, message: "This node does not serve the revision that the override names" },
  override_refused: { status: 400, message: "The override header is not signed, or not valid any more" },
  bad_request: { status: 400, message: "The request cannot be read" },
  method_not_allowed: { status: 405, message: "This method is not served" },
  request_too_large: { status: 413, message: "The request body is too large" },
  script_error: { status: 500, message: "The script failed" },
  response_too_large: { status: 502, message: "The script's response is too large" },
  invalid_response: { status: 502, message: "The script's response cannot be sent" },
  cpu_exceeded: { status: 503, message: "The script used too much CPU" },
  memory_exceeded: { status: 503, message: "The script ran out of memory" },
  overloaded: { status: 503, message: "The script has too many requests in flight" },
  not_ready: { status: 503, message: "Nothing is ready to answer yet" },
  killed: { status: 503, message: "The script has been stopped" },
  quarantined: { status: 503, message: "The script is held back because it harmed the node" },
  worker_restarted: {
    status: 503,
    message: "The process that had the request is gone; it may be sent again",
  },
  draining: { status: 503, message: "The node is going down" },
  script_timeout: { status: 504, message: "The script took too long" },
} as const satisfies Readonly<Record<string, { status: number; message: string }>>;

const RETRY_AFTER_S = 1;

export interface GatewayError {
  readonly status: number;
  readonly headers: FlatHeaders;
  readonly body: string;
}

/** The JSON error of docs and contracts; `script` is null when no script is concerned. */
export function gatewayError(
  code: GatewayErrorCode,
  script: string | null,
  requestId: string,
  retryAfterS = RETRY_AFTER_S,
): GatewayError {
  const { status, message } = ERRORS[code];
  const body = JSON.stringify({ error: { code, message, script, requestId } });
  const retry = status === 503 ? `retry-after\n${retryAfterS}\n` : "";
  return { status, headers: `content-type\napplication/json\n${retry}`, body };
}

/** What the platform itself answers, and how it is sent. */
export type GatewayErrorCode = keyof typeof ERRORS;

const ERRORS = {
  not_found: { status: 404, message: "No script serves this path" },
  unknown_version: { status: 404, message: "The script has no such live version here" },
  bad_request: { status: 400, message: "The request cannot be read" },
  method_not_allowed: { status: 405, message: "This method is not served" },
  request_too_large: { status: 413, message: "The request body is too large" },
  script_error: { status: 500, message: "The script failed" },
  response_too_large: { status: 502, message: "The script's response is too large" },
  invalid_response: { status: 502, message: "The script's response cannot be sent" },
  memory_exceeded: { status: 503, message: "The script ran out of memory" },
  overloaded: { status: 503, message: "The script has too many requests in flight" },
  not_ready: { status: 503, message: "Nothing is ready to answer yet" },
  draining: { status: 503, message: "The node is going down" },
  script_timeout: { status: 504, message: "The script took too long" },
} as const satisfies Readonly<Record<string, { status: number; message: string }>>;

const RETRY_AFTER_S = 1;

export interface GatewayReply {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Buffer;
}

/** The JSON error of docs and contracts; `script` is null when no script is concerned. */
export function gatewayError(code: GatewayErrorCode, script: string | null, requestId: string): GatewayReply {
  const { status, message } = ERRORS[code];
  const body = Buffer.from(JSON.stringify({ error: { code, message, script, requestId } }));
  const headers: [string, string][] = [["content-type", "application/json"]];
  if (status === 503) headers.push(["retry-after", String(RETRY_AFTER_S)]);
  return { status, headers, body };
}

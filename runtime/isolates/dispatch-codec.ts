import { FlatReader } from "../sandbox/flat-text.ts";
import type { FlatHeaders, SandboxMessage, WireBody, WireFetchReply } from "../sandbox/messages.ts";
import { readSandboxMessage } from "./read-sandbox-message.ts";

/** What a script answered, as it came; nothing in it is checked but its shape. */
export interface FlatResponse {
  readonly status: number;
  readonly headers: FlatHeaders;
  readonly body: WireBody;
}

/** A request as the sandbox gets it. */
export interface FlatRequest {
  readonly method: string;
  /** Absolute, without line feeds. */
  readonly url: string;
  readonly headers: FlatHeaders;
  readonly body: WireBody;
}

export interface HandOver {
  /** The request whose handler was cut off, or 0. */
  readonly current: number;
  /** Whether records of the batch were not begun. */
  readonly isUnfinished: boolean;
  readonly hasMore: boolean;
  /** Whether no request is open and nothing is known to go on. */
  readonly isQuiet: boolean;
}

export interface RecordSink {
  response(id: number, response: FlatResponse): void;
  message(message: SandboxMessage): void;
}

export const START_RECORD = "S";

export function encodeRequest(id: number, requestId: string, request: FlatRequest): string {
  const { method, url, headers, body } = request;
  const head = `Q${id}\n${requestId}\n${method}\n${url}\n${headers.length}\n`;
  if (body.kind === "none") return `${head}n\n${headers}`;
  return body.kind === "text"
    ? `${head}t${body.text.length}\n${headers}${body.text}`
    : `${head}b${body.base64.length}\n${headers}${body.base64}`;
}

export function encodeTimer(timer: number): string {
  return `T${timer}\n`;
}

export function encodeFetchReply(call: number, reply: WireFetchReply): string {
  const json = JSON.stringify(reply);
  return `F${call}\n${json.length}\n${json}`;
}

/** Tells the sink of each record in turn. Null when the text is not what the sandbox writes. */
export function readHandOver(text: string, sink: RecordSink): HandOver | null {
  const reader = new FlatReader(text);
  const current = reader.count();
  const left = reader.count();
  const flags = reader.line();
  if (Number.isNaN(current) || Number.isNaN(left)) return null;
  while (reader.left > 0) if (!readRecord(reader, sink)) return null;
  return {
    current,
    isUnfinished: left > 0,
    hasMore: flags === "m",
    isQuiet: flags === "q",
  };
}

function readRecord(reader: FlatReader, sink: RecordSink): boolean {
  const kind = reader.run(1);
  if (kind === "J") {
    const message = readSandboxMessage(reader.run(reader.count()));
    if (message === null) return false;
    sink.message(message);
    return true;
  }
  if (kind !== "R") return false;
  const id = reader.count();
  const status = reader.count();
  const headersLength = reader.count();
  const bodyKind = reader.run(1);
  const bodyLength = reader.count();
  const headers = reader.run(headersLength);
  const bodyText = reader.run(bodyLength);
  if (headers.length !== headersLength || bodyText.length !== bodyLength || Number.isNaN(id + status))
    return false;
  sink.response(id, { status, headers, body: bodyOf(bodyKind, bodyText) });
  return true;
}

const NO_BODY: WireBody = { kind: "none" };

function bodyOf(kind: string, text: string): WireBody {
  if (kind === "t") return { kind: "text", text };
  return kind === "b" ? { kind: "base64", base64: text } : NO_BODY;
}

import { asRecord } from "../as-record.ts";
import type { FetchTarget, HeaderPairs, SandboxMessage, WireBody, WireRequest } from "../sandbox/messages.ts";

/** Null when the text is no message of ours: a script may have tampered with its own side. */
export function readSandboxMessage(text: string): SandboxMessage | null {
  const fields = asRecord(parseJson(text));
  if (fields === null) return null;
  const { type, id, timer, call, delayMs, requestId, level, redirect } = fields;
  switch (type) {
    case "started":
    case "noHandler":
      return { type };
    case "failure": {
      const error = asRecord(fields["error"]);
      if (!isCount(id) || error === null) return null;
      const { name, message, stack } = error;
      return { type, id, error: { name: asText(name), message: asText(message), stack: asText(stack) } };
    }
    case "tooLarge":
      return isCount(id) ? { type, id } : null;
    case "log":
      if (level !== "debug" && level !== "info" && level !== "warn" && level !== "error") return null;
      return {
        type,
        level,
        requestId: typeof requestId === "string" ? requestId : null,
        text: asText(fields["text"]),
      };
    case "fetch": {
      const request = readRequest(fields["request"]);
      const target = readTarget(fields["target"]);
      if (!isCount(call) || request === null || target === null) return null;
      if (redirect !== "follow" && redirect !== "error" && redirect !== "manual") return null;
      return { type, call, request, redirect, target };
    }
    case "timerSet":
      return isCount(timer) && isCount(delayMs) ? { type, timer, delayMs } : null;
    case "timerClear":
      return isCount(timer) ? { type, timer } : null;
    default:
      return null;
  }
}

function readTarget(value: unknown): FetchTarget | null {
  const { kind, name } = asRecord(value) ?? {};
  if (kind === "network") return { kind };
  return kind === "script" && typeof name === "string" ? { kind, name } : null;
}

function readRequest(value: unknown): WireRequest | null {
  const fields = asRecord(value);
  if (fields === null) return null;
  const headers = readHeaders(fields["headers"]);
  const body = readBody(fields["body"]);
  const { method, url } = fields;
  if (typeof method !== "string" || typeof url !== "string" || headers === null || body === null) return null;
  return { method, url, headers, body };
}

function readHeaders(value: unknown): HeaderPairs | null {
  if (!Array.isArray(value)) return null;
  const pairs: [string, string][] = [];
  for (const pair of value as unknown[]) {
    if (!Array.isArray(pair)) return null;
    const [name, text] = pair as unknown[];
    if (typeof name !== "string" || typeof text !== "string") return null;
    pairs.push([name, text]);
  }
  return pairs;
}

function readBody(value: unknown): WireBody | null {
  const fields = asRecord(value);
  const { kind, text, base64 } = fields ?? {};
  if (kind === "none") return { kind };
  if (kind === "text" && typeof text === "string") return { kind, text };
  if (kind === "base64" && typeof base64 === "string") return { kind, base64 };
  return null;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function asText(value: unknown): string {
  return typeof value === "string" ? value.slice(0, 5000) : "";
}

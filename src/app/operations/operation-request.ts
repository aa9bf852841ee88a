import { parseDurationMs } from "#domain/manifest/duration.ts";
import { parseSelector, parseTargetText } from "#domain/operations/operation-target.ts";
import { type Operation, type OperationTarget, operationKinds } from "#domain/operations/operation.ts";

export interface OperationRequest {
  readonly operation: Operation;
  /** Plan, and change nothing. */
  readonly dryRun: boolean;
}

type Parsed =
  | { readonly ok: true; readonly request: OperationRequest }
  | { readonly ok: false; readonly message: string };

const reasonCharactersMax = 1_000;
const fields = new Set(["kind", "target", "reason", "for", "dryRun", "to", "confirm", "by"]);

/** Reads the body of POST /api/operations; the message says what is wrong with it. */
export function parseOperationRequest(body: unknown, nowMs: number): Parsed {
  if (!isRecord(body)) return wrong("the body must be a JSON object");
  const unknown = Object.keys(body).find((key) => !fields.has(key));
  if (unknown !== undefined) return wrong(`there is no field "${unknown}"`);
  const kind = operationKinds.find((known) => known === body["kind"]);
  if (kind === undefined) return wrong(`kind must be one of ${operationKinds.join(", ")}`);
  const target = parseTarget(body["target"]);
  if (target === null)
    return wrong(
      'target must be "NAME", "NAME@VERSION", "group:NAME", "region:NAME" or "fleet", or an object with script and version, group, selector, region or fleet',
    );
  const reason = body["reason"];
  if (typeof reason !== "string" || reason.trim() === "" || reason.length > reasonCharactersMax)
    return wrong(`reason must say why, in at most ${reasonCharactersMax} characters`);
  const forMs = body["for"] === undefined ? null : durationOf(body["for"]);
  if (forMs !== null && Number.isNaN(forMs)) return wrong("for must be a duration such as 2h");
  const to = body["to"] ?? null;
  if (to !== null && !(typeof to === "string" && /^[0-9a-f]{4,40}$/.test(to)))
    return wrong("to must be a commit, at least 4 of its digits");
  const dryRun = body["dryRun"] ?? false;
  if (typeof dryRun !== "boolean") return wrong("dryRun must be true or false");
  const confirmed = body["confirm"] ?? null;
  if (confirmed !== null && !(typeof confirmed === "number" && Number.isSafeInteger(confirmed)))
    return wrong("confirm must be the number of scripts that change");
  const by = body["by"] ?? null;
  if (by !== null && !(typeof by === "string" && /^[A-Za-z0-9][A-Za-z0-9._-]{0,60}$/.test(by)))
    return wrong("by must be a name of letters, digits, dots, dashes and underscores");
  const operation: Operation = {
    kind,
    target,
    reason: reason.replaceAll(/\s+/g, " ").trim(),
    // The token is one for all, so a name is only what its holder says.
    by: by === null ? "api" : `api/${by}`,
    askedAtMs: nowMs,
    untilMs: forMs === null ? null : nowMs + forMs,
    toCommit: to,
    confirmed,
  };
  return { ok: true, request: { operation, dryRun } };
}

function parseTarget(value: unknown): OperationTarget | null {
  if (typeof value === "string") return parseTargetText(value);
  if (!isRecord(value)) return null;
  const keys = Object.keys(value).sort().join(",");
  const text = (key: string) => (typeof value[key] === "string" ? value[key] : "");
  switch (keys) {
    case "script":
      return only(parseTargetText(text("script")), "script");
    case "script,version":
      return only(parseTargetText(`${text("script")}@${text("version")}`), "script");
    case "group":
    case "region":
      return only(parseTargetText(`${keys}:${text(keys)}`), keys);
    case "selector":
      return parseSelector(text("selector"));
    case "fleet":
      return value["fleet"] === true ? { kind: "fleet" } : null;
    default:
      return null;
  }
}

function only(target: OperationTarget | null, kind: OperationTarget["kind"]): OperationTarget | null {
  return target?.kind === kind ? target : null;
}

/** NaN for what is no duration. */
function durationOf(value: unknown): number {
  return typeof value === "string" ? (parseDurationMs(value) ?? NaN) : NaN;
}

function wrong(message: string): Parsed {
  return { ok: false, message };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

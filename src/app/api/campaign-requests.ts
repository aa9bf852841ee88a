import semver from "semver";
import { readAdvisory } from "#domain/campaign/osv-advisory.ts";
import type { StartRequest } from "#app/campaign/start-campaign.ts";
import type { ShipRequest } from "#app/campaign/ship-campaign.ts";

type Parsed<T> =
  { readonly ok: true; readonly request: T } | { readonly ok: false; readonly message: string };

const LIBRARY = /^(?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/;
const NAME = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const TEXT_MAX = 500;

/** Reads the body of POST /api/campaigns; the message says what is wrong with it. */
export function parseStartRequest(body: unknown): Parsed<StartRequest> {
  const read = fieldsOf(body, [
    "library",
    "to",
    "advisory",
    "name",
    "owner",
    "description",
    "selector",
    "dryRun",
    "by",
  ]);
  if (!read.ok) return read;
  const { fields } = read;
  const { library, to, name, owner, description, selector } = fields;
  if (library !== undefined && !(typeof library === "string" && LIBRARY.test(library)))
    return wrong("library must be the name of an npm package");
  if (to !== undefined && !(typeof to === "string" && semver.valid(to) !== null))
    return wrong("to must be a version such as 1.2.4");
  if (name !== undefined && !(typeof name === "string" && NAME.test(name)))
    return wrong("name must be lower-case letters, digits and dashes");
  if (!isText(owner) || !isText(description)) return wrong(`owner and description must be short texts`);
  const labels = labelsOf(selector);
  if (labels === null) return wrong('selector must be an object of labels such as { "team": "web" }');
  const aim = aimOf(fields["advisory"], library ?? null, to === undefined ? null : (semver.valid(to) ?? to));
  if (!aim.ok) return aim;
  const common = commonOf(fields);
  if (!common.ok) return common;
  const request = {
    aim: aim.request,
    name: name ?? null,
    owner: owner ?? null,
    description: description ?? null,
    selector: labels,
    ...common.request,
  };
  return { ok: true, request };
}

/** Reads the body of POST /api/campaigns/NAME/ship. */
export function parseShipRequest(body: unknown): Parsed<ShipRequest> {
  const read = fieldsOf(body ?? {}, ["score", "dryRun", "by", "reason"]);
  if (!read.ok) return read;
  const { score, reason } = read.fields;
  if (score !== undefined && !(typeof score === "number" && score >= 0 && score <= 100))
    return wrong("score must be a number from 0 to 100");
  if (!isText(reason)) return wrong("reason must be a short text");
  const common = commonOf(read.fields);
  if (!common.ok) return common;
  return {
    ok: true,
    request: { minScore: score ?? null, reason: reason ?? "ship what scores enough", ...common.request },
  };
}

/** Reads the body of POST /api/campaigns/NAME/stop, resume and rollback; reason is null where none is given. */
export function parseChangeRequest(
  body: unknown,
): Parsed<{ readonly reason: string | null; readonly dryRun: boolean; readonly by: string }> {
  const read = fieldsOf(body ?? {}, ["reason", "dryRun", "by"]);
  if (!read.ok) return read;
  const { reason } = read.fields;
  if (!isText(reason)) return wrong("reason must be a short text");
  const common = commonOf(read.fields);
  if (!common.ok) return common;
  return { ok: true, request: { reason: reason ?? null, ...common.request } };
}

function aimOf(advisory: unknown, library: string | null, to: string | null): Parsed<StartRequest["aim"]> {
  if (advisory === undefined) {
    if (library === null || to === null) return wrong("name a library and to, or an advisory");
    return { ok: true, request: { kind: "version", library, to } };
  }
  const read = readAdvisory(advisory);
  if (read.kind === "withdrawn") return wrong(`${read.id} was withdrawn`);
  if (read.kind === "invalid") return wrong(`the advisory is none for npm: ${read.reason}`);
  if (!/^[A-Z][A-Za-z0-9-]{3,60}$/.test(read.advisory.id)) return wrong("the advisory's id is none");
  const text = JSON.stringify(advisory, null, 2);
  return { ok: true, request: { kind: "advisory", advisory: read.advisory, text, library, to } };
}

function commonOf(fields: Fields): Parsed<{ readonly dryRun: boolean; readonly by: string }> {
  const { dryRun = false, by } = fields;
  if (typeof dryRun !== "boolean") return wrong("dryRun must be true or false");
  if (by !== undefined && !(typeof by === "string" && /^[A-Za-z0-9][A-Za-z0-9._-]{0,60}$/.test(by)))
    return wrong("by must be a name of letters, digits, dots, dashes and underscores");
  // The token is one for all, so a name is only what its holder says.
  return { ok: true, request: { dryRun, by: by === undefined ? "api" : `api/${by}` } };
}

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(
  body: unknown,
  known: readonly string[],
): { readonly ok: true; readonly fields: Fields } | { readonly ok: false; readonly message: string } {
  if (typeof body !== "object" || body === null || Array.isArray(body))
    return { ok: false, message: "the body must be a JSON object" };
  const unknown = Object.keys(body).find((key) => !known.includes(key));
  if (unknown !== undefined) return { ok: false, message: `there is no field "${unknown}"` };
  return { ok: true, fields: { ...body } };
}

function labelsOf(value: unknown): Readonly<Record<string, string>> | null {
  if (value === undefined) return {};
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  const entries: [string, unknown][] = Object.entries(value);
  const labels = entries.flatMap(([key, label]) =>
    typeof label === "string" ? [[key, label] as const] : [],
  );
  return labels.length === entries.length ? Object.fromEntries(labels) : null;
}

function isText(value: unknown): value is string | undefined {
  return value === undefined || (typeof value === "string" && value.length <= TEXT_MAX);
}

function wrong(message: string): { readonly ok: false; readonly message: string } {
  return { ok: false, message };
}

import type { ErrorObject } from "ajv";
import commonSchema from "#schemas/common.schema.json" with { type: "json" };
import { closest } from "./closest.ts";
import type { DocumentPath, LocatedDocument } from "./located-document.ts";
import type { ProblemList } from "./problem-list.ts";

const SHOWN_MAX = 60;
const FORMAT_BY_PATTERN: ReadonlyMap<string, string> = new Map(
  Object.values(commonSchema.$defs).flatMap((definition) =>
    "pattern" in definition ? [[definition.pattern, definition.description]] : [],
  ),
);

/** Says what ajv found in words that people use, each at its own place. The errors must be verbose ones. */
export function reportSchemaErrors(
  errors: readonly ErrorObject[],
  document: LocatedDocument,
  problems: ProblemList,
): void {
  for (const error of errors) {
    // Errors about a key's own text come again as one "propertyNames" error at the map.
    if (error.propertyName === undefined) reportOne(error, document, problems);
  }
}

function reportOne(error: ErrorObject, document: LocatedDocument, problems: ProblemList): void {
  const path = pathOf(error.instancePath);
  const name = nameOf(path);
  const at = document.at(path);
  const params: Record<string, unknown> = error.params;
  switch (error.keyword) {
    case "additionalProperties":
      return reportUnknownKey(error, path, document, problems);
    case "propertyNames":
      return reportBadKey(error, path, document, problems);
    case "required": {
      const key = String(params["missingProperty"]);
      return problems.error(at, "missing-key", `${owner(path)} needs "${key}".`, `add "${key}:"`);
    }
    case "type":
      return reportType(error, path, document, problems);
    case "enum":
    case "const":
      return reportChoice(error, path, document, problems);
    case "pattern":
    case "format":
      return problems.error(at, "bad-format", `${name} is ${quoted(error.data)}. ${formatOf(error)}`);
    case "minimum":
    case "maximum":
    case "exclusiveMinimum":
    case "exclusiveMaximum":
      return problems.error(at, "out-of-range", `${name} must be ${rangeOf(error)}.`);
    case "minProperties":
      return reportTooFewKeys(error, path, document, problems);
    default:
      return problems.error(at, "wrong-size", `${name} ${sizeOf(error)}.`);
  }
}

function reportUnknownKey(
  error: ErrorObject,
  path: DocumentPath,
  document: LocatedDocument,
  problems: ProblemList,
): void {
  const params: Record<string, unknown> = error.params;
  const key = String(params["additionalProperty"]);
  const known = Object.keys(record(error.parentSchema?.["properties"]));
  const meant = closest(key, known);
  const hint = meant === null ? `It may have ${listed(known)}.` : `Did you mean "${meant}"?`;
  const at = document.atKey([...path, key]);
  problems.error(at, "unknown-key", `${owner(path)} has no key ${quoted(key)}. ${hint}`, meant);
}

function reportBadKey(
  error: ErrorObject,
  path: DocumentPath,
  document: LocatedDocument,
  problems: ProblemList,
): void {
  const params: Record<string, unknown> = error.params;
  const key = String(params["propertyName"]);
  const schema = record(error.schema);
  const pointer = schema["$ref"];
  const referenced = typeof pointer === "string" ? /#\/\$defs\/(\w+)$/.exec(pointer)?.[1] : undefined;
  const definitions: Record<string, { description: string }> = commonSchema.$defs;
  const wanted = referenced === undefined ? schema["description"] : definitions[referenced]?.description;
  const message = `${quoted(key)} cannot be a key of ${nameOf(path)}. Wanted: ${lowerFirst(String(wanted))}`;
  problems.error(document.atKey([...path, key]), "bad-format", message);
}

function reportTooFewKeys(
  error: ErrorObject,
  path: DocumentPath,
  document: LocatedDocument,
  problems: ProblemList,
): void {
  const at = document.at(path);
  // Only a release counts keys at its root: those that are required, and one of the revisions.
  if (path.length > 0) return problems.error(at, "wrong-size", `${nameOf(path)} ${sizeOf(error)}.`);
  if (Object.keys(record(error.data)).some((key) => key === "stable" || key === "next")) return;
  problems.error(at, "release-incomplete", 'A release needs a "stable" or a "next" revision.');
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: "text",
  integer: "a whole number",
  number: "a number",
  boolean: "true or false",
  object: "a map of keys and values",
  array: "a list",
  null: "empty",
};

function reportType(
  error: ErrorObject,
  path: DocumentPath,
  document: LocatedDocument,
  problems: ProblemList,
): void {
  const wanted = [error.schema].flat().map(String);
  const words = wanted.map((type) => TYPE_NAMES[type] ?? type).join(" or ");
  const source = document.source(path);
  const data: unknown = error.data;
  const at = document.at(path);
  if (wanted.includes("string") && (typeof data === "number" || typeof data === "boolean")) {
    const quotedSource = `"${source ?? String(data)}"`;
    const message = `${nameOf(path)} must be text, and ${source ?? String(data)} is read as a ${typeof data}. Put it in quotes.`;
    return problems.error(at, "wrong-type", message, quotedSource);
  }
  const number =
    typeof data === "string" && /^[0-9]+$/.test(data) && wanted.includes("integer") ? data : null;
  const found = TYPE_NAMES[typeOf(data)] ?? typeof data;
  problems.error(at, "wrong-type", `${nameOf(path)} must be ${words}, not ${found}.`, number);
}

function reportChoice(
  error: ErrorObject,
  path: DocumentPath,
  document: LocatedDocument,
  problems: ProblemList,
): void {
  const choices = [error.schema].flat().map(String);
  const meant = typeof error.data === "string" ? closest(error.data, choices) : null;
  const hint = meant === null ? "" : ` Did you mean "${meant}"?`;
  const message = `${nameOf(path)} must be ${choices.join(" or ")}, not ${quoted(error.data)}.${hint}`;
  problems.error(
    document.at(path),
    "not-allowed",
    message,
    meant ?? (choices.length === 1 ? choices[0] : null),
  );
}

function formatOf(error: ErrorObject): string {
  if (error.keyword === "format") return "Wanted: an instant in RFC 3339, such as 2026-05-04T09:00:00Z.";
  const common = FORMAT_BY_PATTERN.get(String(error.schema));
  const description = common ?? error.parentSchema?.["description"];
  return `Wanted: ${lowerFirst(String(description))}`;
}

function rangeOf(error: ErrorObject): string {
  const schema = record(error.parentSchema);
  const bounds = ["minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum"] as const;
  const [minimum, above, maximum, below] = bounds.map((keyword) => {
    const bound = schema[keyword];
    return typeof bound === "number" ? bound : undefined;
  });
  if (minimum !== undefined && maximum !== undefined) return `between ${minimum} and ${maximum}`;
  if (above !== undefined && maximum !== undefined) return `above ${above} and at most ${maximum}`;
  if (minimum !== undefined) return `at least ${minimum}`;
  if (maximum !== undefined) return `at most ${maximum}`;
  return above === undefined ? `below ${below}` : `above ${above}`;
}

function sizeOf(error: ErrorObject): string {
  const params: Record<string, unknown> = error.params;
  const limit = Number(params["limit"]);
  switch (error.keyword) {
    case "minItems":
      return `needs at least ${counted(limit, "entry", "entries")}`;
    case "maxItems":
      return `has more than ${counted(limit, "entry", "entries")}`;
    case "minProperties":
      return `needs at least ${counted(limit, "key", "keys")}`;
    case "maxProperties":
      return `has more than ${counted(limit, "key", "keys")}`;
    case "minLength":
      return `needs at least ${counted(limit, "character", "characters")}`;
    case "maxLength":
      return `has more than ${counted(limit, "character", "characters")}`;
    default:
      return `is not right (${error.keyword})`;
  }
}

function counted(count: number, one: string, many: string): string {
  return count === 1 ? `one ${one}` : `${count} ${many}`;
}

/** The steps of a JSON pointer; a step that is all digits is an index. */
export function pathOf(instancePath: string): (string | number)[] {
  const steps = instancePath.split("/").slice(1);
  return steps.map((step) => {
    const text = step.replaceAll("~1", "/").replaceAll("~0", "~");
    return /^(0|[1-9][0-9]*)$/.test(text) ? Number(text) : text;
  });
}

/** "rollout.waves[1][0]", in the way people say it. */
export function nameOf(path: DocumentPath): string {
  if (path.length === 0) return "the document";
  return path
    .map((step, index) =>
      typeof step === "number" ? `[${step}]` : `${index === 0 ? "" : "."}${shorten(step)}`,
    )
    .join("");
}

function owner(path: DocumentPath): string {
  return path.length === 0 ? "The manifest" : nameOf(path);
}

function quoted(value: unknown): string {
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? "a list" : "a map";
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") {
    return `"${shorten(String(value))}"`;
  }
  return "empty";
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function shorten(text: string): string {
  return text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}…` : text;
}

function listed(words: readonly string[]): string {
  return words.length === 0 ? "none" : words.join(", ");
}

function lowerFirst(text: string): string {
  return /^[A-Z][a-z ]/.test(text) ? `${text.charAt(0).toLowerCase()}${text.slice(1)}` : text;
}

function typeOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}

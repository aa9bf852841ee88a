import { assertNever } from "../assert-never.ts";
import { closest } from "./closest.ts";
import type { LocatedDocument } from "./located-document.ts";
import { parseDocument } from "./parse-document.ts";
import { ProblemList } from "./problem-list.ts";
import type { Problem } from "./problem.ts";
import { reportSchemaErrors } from "./schema-problems.ts";
import { withoutErrors } from "./without-errors.ts";
import { MANIFEST_KINDS, validatorFor, type ManifestKind, type ManifestTypes } from "./validators.ts";

/**
 * A file that satisfies the schema of its kind, as it is written: no defaults are filled in. Where it does not, the
 * problems say so and `source` is what is left without the parts at fault.
 */
export interface ReadManifest<K extends ManifestKind> {
  readonly kind: K;
  readonly file: string;
  readonly source: ManifestTypes[K];
  readonly document: LocatedDocument;
  /** What is wrong with it so far; checks add to it. */
  readonly problems: ProblemList;
}

export type AnyReadManifest = { [K in ManifestKind]: ReadManifest<K> }[ManifestKind];

export type ReadOutcome<T> =
  | { readonly ok: true; readonly read: T }
  | { readonly ok: false; readonly kind: ManifestKind | null; readonly problems: Problem[] };

/** Reads a file of a known kind. */
export function readManifest<K extends ManifestKind>(
  kind: K,
  text: string,
  file: string,
): ReadOutcome<ReadManifest<K>> {
  const problems = new ProblemList(file);
  const document = parseDocument(text, problems);
  if (document === null) return { ok: false, kind, problems: problems.sorted() };
  return checkSchema(kind, file, document, problems);
}

/** Reads a file of the kind that its name or else its `kind` says. */
export function readAnyManifest(text: string, file: string): ReadOutcome<AnyReadManifest> {
  const problems = new ProblemList(file);
  const document = parseDocument(text, problems);
  const named = kindOfName(file);
  if (document === null) return { ok: false, kind: named, problems: problems.sorted() };
  const kind = named ?? kindOfContent(document, problems);
  if (kind === null) return { ok: false, kind, problems: problems.sorted() };
  switch (kind) {
    case "Script":
      return checkSchema(kind, file, document, problems);
    case "Fleet":
      return checkSchema(kind, file, document, problems);
    case "Release":
      return checkSchema(kind, file, document, problems);
    case "Group":
      return checkSchema(kind, file, document, problems);
    case "Experiment":
      return checkSchema(kind, file, document, problems);
    case "Campaign":
      return checkSchema(kind, file, document, problems);
    case "Hold":
      return checkSchema(kind, file, document, problems);
    case "Freeze":
      return checkSchema(kind, file, document, problems);
    case "Kill":
      return checkSchema(kind, file, document, problems);
    case "CanaryRun":
      return checkSchema(kind, file, document, problems);
    default:
      return assertNever(kind);
  }
}

function checkSchema<K extends ManifestKind>(
  kind: K,
  file: string,
  document: LocatedDocument,
  problems: ProblemList,
): ReadOutcome<ReadManifest<K>> {
  const { value } = document;
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    problems.error(
      document.at([]),
      "yaml-not-a-map",
      "A manifest is a map of keys and values, such as kind: Script.",
    );
    return { ok: false, kind, problems: problems.sorted() };
  }
  const validate = validatorFor(kind);
  if (!validate(value)) {
    const errors = validate.errors ?? [];
    reportSchemaErrors(errors, document, problems);
    const source = withoutErrors(kind, value, errors);
    if (source === null) return { ok: false, kind, problems: problems.sorted() };
    return { ok: true, read: { kind, file, source, document, problems } };
  }
  return { ok: true, read: { kind, file, source: value, document, problems } };
}

/** What a file's name promises: showrunner.yaml and fleet.yaml can be nothing else. */
export function kindOfName(file: string): ManifestKind | null {
  const name = file.slice(file.lastIndexOf("/") + 1);
  if (name === "showrunner.yaml" || name === "showrunner.yml") return "Script";
  if (name === "fleet.yaml" || name === "fleet.yml") return "Fleet";
  return null;
}

function kindOfContent(document: LocatedDocument, problems: ProblemList): ManifestKind | null {
  const { value } = document;
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    problems.error(
      document.at([]),
      "yaml-not-a-map",
      "A manifest is a map of keys and values, such as kind: Script.",
    );
    return null;
  }
  const kinds = MANIFEST_KINDS.join(", ");
  const written: unknown = "kind" in value ? value.kind : undefined;
  if (written === undefined) {
    problems.error(
      document.at([]),
      "missing-key",
      `The manifest needs "kind", one of ${kinds}.`,
      'add "kind:"',
    );
    return null;
  }
  const known = MANIFEST_KINDS.find((kind) => kind === written);
  if (known !== undefined) return known;
  const meant = typeof written === "string" ? closest(written, MANIFEST_KINDS) : null;
  const hint = meant === null ? `Known are ${kinds}.` : `Did you mean "${meant}"?`;
  const shown = typeof written === "string" ? `"${written.slice(0, 60)}"` : "that";
  problems.error(document.at(["kind"]), "unknown-kind", `There is no kind ${shown}. ${hint}`, meant);
  return null;
}

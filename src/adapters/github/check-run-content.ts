import type { Annotation, CheckRun } from "#domain/ports.ts";
import { boundedLine, boundedText } from "./bounded-text.ts";

/** GitHub's limits. Source: docs.github.com/rest/checks/runs. */
const TEXT_BYTES_MAX = 65_535;
const TITLE_CHARACTERS_MAX = 255;
const MESSAGE_BYTES_MAX = 64 * 1024 - 1;
const ACTIONS_MAX = 3;
const LABEL_CHARACTERS_MAX = 20;
const DESCRIPTION_CHARACTERS_MAX = 40;
const IDENTIFIER_CHARACTERS_MAX = 20;

/** An annotation in GitHub's own words. */
export interface SentAnnotation {
  path: string;
  start_line: number;
  end_line: number;
  start_column?: number;
  end_column?: number;
  annotation_level: "notice" | "warning" | "failure";
  title: string;
  message: string;
}

export interface SentOutput {
  title: string;
  summary: string;
  text?: string;
}

export interface CheckRunContent {
  readonly fields: {
    name: string;
    external_id: string;
    actions: { label: string; description: string; identifier: string }[];
  } & SentOutcome;
  readonly output: SentOutput;
  readonly annotations: readonly SentAnnotation[];
}

type SentOutcome =
  | { status: "queued" | "in_progress" }
  | { status: "completed"; conclusion: "success" | "failure" | "neutral" | "action_required" | "cancelled" };

/** A check run as it is sent, within GitHub's limits. Throws for buttons that break them: those are our own constants. */
export function checkRunContent(check: CheckRun): CheckRunContent {
  refuseActionsOverLimits(check.actions);
  const outcome: SentOutcome =
    check.outcome.status === "completed"
      ? { status: check.outcome.status, conclusion: check.outcome.conclusion }
      : { status: check.outcome.status };
  const text = check.text;
  return {
    fields: {
      name: check.name,
      external_id: check.externalId,
      actions: check.actions.map(({ label, description, identifier }) => ({
        label,
        description,
        identifier,
      })),
      ...outcome,
    },
    output: {
      title: boundedLine(check.title, TITLE_CHARACTERS_MAX),
      summary: boundedText(check.summary, TEXT_BYTES_MAX),
      ...(text === undefined ? {} : { text: boundedText(text, TEXT_BYTES_MAX) }),
    },
    annotations: check.annotations.map(sentAnnotation),
  };
}

/** Those that GitHub does not hold yet; it appends what an update brings and never removes one. */
export function missingAnnotations(
  wanted: readonly SentAnnotation[],
  present: readonly PresentAnnotation[],
): SentAnnotation[] {
  const known = new Set(present.map(annotationIdentity));
  const missing = new Map(wanted.map((annotation) => [annotationIdentity(annotation), annotation]));
  for (const identity of known) missing.delete(identity);
  return [...missing.values()];
}

/** What GitHub tells of an annotation it holds. */
export interface PresentAnnotation {
  readonly path: string;
  readonly start_line: number;
  readonly end_line: number;
  readonly start_column?: number | null;
  readonly end_column?: number | null;
  readonly annotation_level: string | null;
  readonly title: string | null;
  readonly message: string | null;
}

function annotationIdentity(annotation: PresentAnnotation): string {
  return JSON.stringify([
    annotation.path,
    annotation.start_line,
    annotation.end_line,
    annotation.start_column ?? null,
    annotation.end_column ?? null,
    annotation.annotation_level,
    annotation.title,
    annotation.message,
  ]);
}

function sentAnnotation(annotation: Annotation): SentAnnotation {
  const startLine = Math.max(1, annotation.startLine);
  const endLine = Math.max(startLine, annotation.endLine);
  return {
    path: annotation.path,
    start_line: startLine,
    end_line: endLine,
    ...columns(annotation, startLine === endLine),
    annotation_level: annotation.level,
    title: boundedLine(annotation.title, TITLE_CHARACTERS_MAX),
    message: boundedText(annotation.message, MESSAGE_BYTES_MAX),
  };
}

/** GitHub refuses columns on annotations of several lines, and ends before starts. */
function columns(annotation: Annotation, oneLine: boolean): { start_column?: number; end_column?: number } {
  const { startColumn, endColumn } = annotation;
  if (!oneLine || startColumn === undefined) return {};
  const start = Math.max(1, startColumn);
  return { start_column: start, end_column: Math.max(start, endColumn ?? start) };
}

function refuseActionsOverLimits(actions: CheckRun["actions"]): void {
  if (actions.length > ACTIONS_MAX) throw new Error(`a check run has at most ${ACTIONS_MAX} buttons`);
  for (const { label, description, identifier } of actions) {
    const fits =
      label.length <= LABEL_CHARACTERS_MAX &&
      description.length <= DESCRIPTION_CHARACTERS_MAX &&
      identifier.length <= IDENTIFIER_CHARACTERS_MAX;
    if (!fits) throw new Error(`the button ${JSON.stringify(identifier)} has texts longer than GitHub takes`);
  }
}

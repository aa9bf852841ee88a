import { assertNever } from "#domain/assert-never.ts";
import type { Problem } from "#domain/manifest/problem.ts";
import { painter, printable, type Paint } from "./paint.ts";

export const PROBLEM_FORMATS = ["pretty", "json", "github"] as const;
export type ProblemFormat = (typeof PROBLEM_FORMATS)[number];

export interface CheckedFiles {
  /** Text by file. */
  readonly files: ReadonlyMap<string, string>;
  readonly problems: readonly Problem[];
}

/** The result of a validation, ready to be printed; ends with a line feed. */
export function formatProblems(checked: CheckedFiles, format: ProblemFormat, colour: boolean): string {
  switch (format) {
    case "json":
      return json(checked);
    case "github":
      return github(checked);
    case "pretty":
      return pretty(checked, painter(colour));
    default:
      return assertNever(format);
  }
}

function json({ files, problems }: CheckedFiles): string {
  const ok = problems.every((problem) => problem.severity !== "error");
  return `${JSON.stringify({ ok, files: files.size, problems }, null, 2)}\n`;
}

/** Workflow commands, which GitHub shows as annotations at the line. */
function github(checked: CheckedFiles): string {
  const lines = checked.problems.map((problem) => {
    const { file, line, column, severity, code } = problem;
    const place = `file=${property(file)},line=${line},col=${column},title=${property(code)}`;
    return `::${severity} ${place}::${data(withFix(problem))}`;
  });
  return `${[...lines, data(summary(checked))].join("\n")}\n`;
}

function data(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function property(text: string): string {
  return data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}

function pretty(checked: CheckedFiles, paint: Paint): string {
  const blocks = checked.problems.map((problem) => block(problem, checked.files.get(problem.file), paint));
  const ok = checked.problems.every((problem) => problem.severity !== "error");
  return `${[...blocks, paint(ok ? "green" : "red", summary(checked))].join("\n\n")}\n`;
}

const EXCERPT_MAX = 100;

function block(problem: Problem, text: string | undefined, paint: Paint): string {
  const { file, line, column, severity, code } = problem;
  const tone = severity === "error" ? "red" : "yellow";
  const head = `${paint("bold", `${printable(file)}:${line}:${column}`)}  ${paint(tone, severity)}  ${paint("dim", code)}`;
  const excerpt = text === undefined ? [] : excerptOf(text, problem, paint, tone);
  return [head, ...excerpt, `  ${printable(withFix(problem))}`].join("\n");
}

function excerptOf(text: string, { line, column }: Problem, paint: Paint, tone: "red" | "yellow"): string[] {
  const source = text.split("\n", line)[line - 1]?.replace(/\r$/, "") ?? "";
  if (source.trim() === "") return [];
  // A long line is shown around the place.
  const start = column > EXCERPT_MAX - 30 ? column - 30 : 0;
  const shown = printable(source.slice(start, start + EXCERPT_MAX).replaceAll("\t", " "));
  const gutter = " ".repeat(String(line).length);
  const width = Math.min(markWidth(source.slice(column - 1)), Math.max(1, start + EXCERPT_MAX - column + 1));
  const mark = " ".repeat(column - 1 - start) + "^".repeat(width);
  return [`  ${line} ${paint("dim", "│")} ${shown}`, `  ${gutter} ${paint("dim", "│")} ${paint(tone, mark)}`];
}

/** How much of the line belongs to the value that begins here. */
function markWidth(rest: string): number {
  const quoted = /^"(?:[^"\\]|\\.)*"|^'(?:[^']|'')*'/.exec(rest)?.[0];
  const plain = /^[^\s,\][{}:#]+(?::[^\s,\][{}#]+)*/.exec(rest)?.[0];
  return (quoted ?? plain ?? " ").length;
}

function withFix({ message, fix }: Problem): string {
  return fix === undefined || message.includes(`"${fix}"`) ? message : `${message} Fix: ${fix}`;
}

function summary({ files, problems }: CheckedFiles): string {
  const errors = problems.filter((problem) => problem.severity === "error").length;
  const warnings = problems.length - errors;
  const found = [count(errors, "error"), count(warnings, "warning")].filter((text) => text !== "");
  return `${count(files.size, "file") || "0 files"} checked: ${found.join(", ") || "no problems"}`;
}

function count(number: number, noun: string): string {
  return number === 0 ? "" : `${number} ${noun}${number === 1 ? "" : "s"}`;
}

import { painter, printable, type Paint } from "../paint.ts";
import type { AnsweredRequest } from "./dev-gateway.ts";
import type { BuildProblem } from "./dev-script.ts";

const TEXT_LENGTH_MAX = 8000;
const NATIVE_NOISE = /^#?\s*$|^#FailureMessage|^# Fatal error in , line|^-+ Native stack|^\s*\d+: 0x/;
/** A frame of the sandbox, which says nothing about the script. */
const OWN_FRAME = /^ +at .*showrunner:prelude:/;

/** One line that the node logged, as far as people want to know; null when they do not. */
export function readNodeLog(
  line: string,
): { readonly script: string | null; readonly level: string; readonly text: string } | null {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    // What V8 says when it gives up; of its native stack nobody here can make anything.
    return NATIVE_NOISE.test(line) ? null : { script: null, level: "error", text: line };
  }
  if (typeof value !== "object" || value === null) return null;
  const level = "level" in value && typeof value.level === "number" ? value.level : 30;
  const text = "msg" in value && typeof value.msg === "string" ? value.msg : "";
  const script = "script" in value && typeof value.script === "string" ? value.script : null;
  // What the node itself does from moment to moment shows in other lines here.
  // Problems of the node come in its reports too, where each is told once.
  const isProblem = script === null && "code" in value;
  const isNews = level >= 40 || (script !== null && "role" in value && !("durationMs" in value));
  return isNews && !isProblem && text !== "" ? { script, level: nameOf(level), text } : null;
}

function nameOf(level: number): string {
  if (level >= 50) return "error";
  if (level >= 40) return "warn";
  return level >= 30 ? "info" : "debug";
}

/** How the development server talks to people. Every text from outside is made safe for a terminal. */
export class DevLog {
  readonly #line: (text: string) => void;
  readonly #paint: Paint;

  constructor(line: (text: string) => void, colour: boolean) {
    this.#line = line;
    this.#paint = painter(colour);
  }

  info(text: string): void {
    this.#line(this.#paint("dim", printable(text)));
  }

  good(text: string): void {
    this.#line(this.#paint("green", printable(text)));
  }

  bad(text: string): void {
    this.#line(this.#paint("red", printable(text)));
  }

  request({ method, path, status, durationMs, script, code }: AnsweredRequest): void {
    const tone = status >= 500 ? "red" : status >= 400 ? "yellow" : "green";
    const what = `${method} ${path.slice(0, 500)}`;
    const end = [script ?? "-", code ?? ""].join(" ").trimEnd();
    this.#line(
      `${printable(what)} ${this.#paint(tone, String(status))} ${durationMs.toFixed(1)} ms ${printable(end)}`,
    );
  }

  script(name: string | null, level: string, text: string): void {
    const tone = level === "error" ? "red" : level === "warn" ? "yellow" : "dim";
    const [first = "", ...rest] = text.slice(0, TEXT_LENGTH_MAX).split("\n");
    this.#line(`${this.#paint(tone, `${name ?? "runtime"} ${level}`)} ${printable(first)}`);
    for (const line of rest) if (!OWN_FRAME.test(line)) this.#line(`  ${printable(line)}`);
  }

  problems(name: string, problems: readonly BuildProblem[]): void {
    this.bad(`${name} does not build`);
    for (const { file, line, column, message } of problems) {
      this.#line(`  ${this.#paint("bold", printable(`${file}:${line}:${column}`))} ${printable(message)}`);
    }
  }
}

import { toDomString } from "./webidl.ts";
import type { LogLevel, SandboxMessage } from "./messages.ts";

const LINE_LENGTH_MAX = 4096;
const LINES_PER_TURN_MAX = 100;

/** `console`, as messages to the host. Bounded here a turn; the host bounds it over time. */
export class LogSink {
  readonly #send: (message: SandboxMessage) => void;
  readonly #requestId: () => string | null;
  #linesLeft = LINES_PER_TURN_MAX;

  constructor(send: (message: SandboxMessage) => void, requestId: () => string | null) {
    this.#send = send;
    this.#requestId = requestId;
  }

  startTurn(): void {
    this.#linesLeft = LINES_PER_TURN_MAX;
  }

  write(level: LogLevel, values: readonly unknown[]): void {
    if (this.#linesLeft <= 0) return;
    this.#linesLeft -= 1;
    const text = values.map(formatValue).join(" ").slice(0, LINE_LENGTH_MAX);
    this.#send({ type: "log", requestId: this.#requestId(), level, text });
  }

  makeConsole(): Record<string, (...values: unknown[]) => void> {
    const at = (level: LogLevel) => {
      return (...values: unknown[]): void => {
        this.write(level, values);
      };
    };
    return {
      debug: at("debug"),
      trace: at("debug"),
      log: at("info"),
      info: at("info"),
      dir: at("info"),
      table: at("info"),
      warn: at("warn"),
      error: at("error"),
      assert: (holds: unknown, ...values: unknown[]) => {
        if (!holds) this.write("error", ["Assertion failed:", ...values]);
      },
      group: nothing,
      groupCollapsed: nothing,
      groupEnd: nothing,
      time: nothing,
      timeEnd: nothing,
      timeLog: nothing,
      count: nothing,
    };
  }
}

// Grouping and timing have no meaning in a log of lines.
function nothing(): void {}

function formatValue(value: unknown): string {
  if (typeof value === "string") return value;
  if (value instanceof Error) return String(value.stack ?? value);
  if (typeof value !== "object" || value === null) return String(value);
  try {
    const seen = new Set<unknown>();
    const text: unknown = JSON.stringify(value, (_name, part: unknown) => {
      if (typeof part === "bigint") return `${part}n`;
      if (part instanceof Map || part instanceof Set) return [...part];
      if (typeof part !== "object" || part === null) return part;
      if (seen.has(part)) return "[seen before]";
      seen.add(part);
      return part;
    });
    return typeof text === "string" ? text : toDomString(value);
  } catch {
    return "[value that cannot be shown]";
  }
}

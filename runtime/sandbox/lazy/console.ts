import { clip } from "../clip.ts";
import type { LazyParts } from "../lazy.ts";
import type { LogLevel } from "../messages.ts";
import { toDomString } from "../webidl.ts";

/** `console`, as lines for the host. */
export function load(parts: LazyParts) {
  const write = (level: LogLevel, values: readonly unknown[]): void => {
    if (parts.log.hasRoom) parts.log.write(level, values.map(formatForLine).join(" "));
  };
  const at = (level: LogLevel) => {
    return (...values: unknown[]): void => {
      write(level, values);
    };
  };
  const counts = new Map<string, number>();
  const started = new Map<string, number>();
  const timeLog = (label: unknown = "default"): void => {
    const from = started.get(toDomString(label));
    if (from !== undefined) write("info", [`${toDomString(label)}: ${Math.round(parts.nowMs() - from)} ms`]);
  };
  const members = {
    debug: at("debug"),
    trace: at("debug"),
    log: at("info"),
    info: at("info"),
    dir: at("info"),
    dirxml: at("info"),
    table: at("info"),
    warn: at("warn"),
    error: at("error"),
    assert: (holds: unknown = false, ...values: unknown[]): void => {
      if (!holds) write("error", ["Assertion failed:", ...values]);
    },
    // Grouping has no meaning in a log of lines.
    group: nothing,
    groupCollapsed: nothing,
    groupEnd: nothing,
    clear: nothing,
    time: (label: unknown = "default"): void => {
      if (started.size < LABELS_MAX) started.set(toDomString(label), parts.nowMs());
    },
    timeLog,
    timeEnd: (label: unknown = "default"): void => {
      timeLog(label);
      started.delete(toDomString(label));
    },
    count: (label: unknown = "default"): void => {
      const key = toDomString(label);
      const count = (counts.get(key) ?? 0) + 1;
      if (counts.size < LABELS_MAX || count > 1) counts.set(key, count);
      write("info", [`${key}: ${count}`]);
    },
    countReset: (label: unknown = "default"): void => {
      counts.delete(toDomString(label));
    },
  };
  const console = Object.assign(Object.create(Object.create(Object.prototype) as object) as object, members);
  Object.defineProperty(console, Symbol.toStringTag, { value: "console", configurable: true });
  return { globals: { console } };
}

const LABELS_MAX = 100;
// No line is longer.
const VALUE_LENGTH_MAX = 4096;

function nothing(): void {}

function formatForLine(value: unknown): string {
  return clip(formatValue(value), VALUE_LENGTH_MAX);
}

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

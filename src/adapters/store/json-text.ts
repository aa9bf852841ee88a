import { sql, type RawBuilder } from "kysely";

/** A value on its way into a jsonb column. */
export type JsonText<T> = RawBuilder<T>;

/** Sends a value to a jsonb column as text, because the two drivers differ in what they make of arrays. */
export function jsonText<T>(value: T): JsonText<T> {
  return sql<T>`${storableJson(value)}::jsonb`;
}

/** Text that PostgreSQL can hold: U+0000 and lone surrogates, which it refuses, become U+FFFD. */
export function storableText(text: string): string {
  return text.toWellFormed().replaceAll("\u0000", "\uFFFD");
}

// JSON.stringify escapes exactly the characters that jsonb refuses, so they can be replaced in its output. The
// pattern eats every escape whole, so that an escaped backslash before "u0000" is left alone.
const escapes = /\\(?:u0000|u[dD][89a-fA-F][0-9a-fA-F]{2}|.)/g;

function storableJson(value: unknown): string {
  return JSON.stringify(value).replace(escapes, (escape) =>
    escape.startsWith("\\u0000") || /^\\u[dD]/.test(escape) ? "\\ufffd" : escape,
  );
}

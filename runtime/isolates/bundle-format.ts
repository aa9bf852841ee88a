import type { RevisionSettings } from "#schemas/types.ts";
import { checkRevisionSettings } from "../schema-checks.ts";

const PREFIX = "//showrunner ";
const SETTINGS_LENGTH_MAX = 256 * 1024;

export type Bundle = { readonly settings: RevisionSettings; readonly code: string };

/** The settings line and the code below it (docs/adr/0001). The error text says what is wrong. */
export function parseBundle(
  text: string,
): { readonly ok: true; readonly bundle: Bundle } | { readonly ok: false; readonly message: string } {
  const line = settingsLine(text);
  if (line === null) return { ok: false, message: `the first line is not "${PREFIX.trim()} {settings}"` };
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { ok: false, message: "the settings line is not JSON" };
  }
  const checked = checkRevisionSettings(value);
  if (!checked.ok) return { ok: false, message: `settings: ${checked.message}` };
  // The line stays in the code as the comment it is, so that line numbers are those of the bundle.
  return { ok: true, bundle: { settings: checked.value, code: text } };
}

function settingsLine(text: string): string | null {
  if (!text.startsWith(PREFIX)) return null;
  const end = text.indexOf("\n");
  if (end === -1 || end > SETTINGS_LENGTH_MAX) return null;
  return text.slice(PREFIX.length, end);
}

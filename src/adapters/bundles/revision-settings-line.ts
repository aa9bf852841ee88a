import type { RevisionSettings } from "#schemas/types.ts";
import { canonicalJson } from "./canonical-json.ts";

const prefix = "//showrunner ";
const lineBytesMax = 256 * 1024;

/** The first line of a bundle, without its line feed. */
export function settingsLine(settings: RevisionSettings): string {
  return prefix + canonicalJson(settings);
}

/** Reads the settings back from a bundle that we built and whose digest holds; null when its first line has none. */
export function revisionSettingsOf(bundle: Uint8Array): RevisionSettings | null {
  const head = Buffer.from(bundle.buffer, bundle.byteOffset, Math.min(bundle.byteLength, lineBytesMax));
  const end = head.indexOf(0x0a);
  const line = head.subarray(0, end).toString("utf8");
  if (end < 0 || !line.startsWith(prefix)) return null;
  try {
    const settings: RevisionSettings = JSON.parse(line.slice(prefix.length));
    return settings;
  } catch {
    return null;
  }
}

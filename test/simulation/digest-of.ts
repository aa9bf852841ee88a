import { parseScript } from "#domain/manifest/parse-manifest.ts";
import type { Digest } from "#schemas/types.ts";
import { buildOf } from "./revisions.ts";

const settingsTexts = new Map<string, string>();

/** What a manifest and a source build to, found without building. */
export function digestOf(key: string, manifest: string, source: string): Digest {
  return buildOf(key, settingsText(manifest), source).digest;
}

/** The settings of a manifest as the builder sees them. */
function settingsText(manifest: string): string {
  const known = settingsTexts.get(manifest);
  if (known !== undefined) return known;
  const parsed = parseScript(manifest, "showrunner.yaml");
  if (!parsed.ok) throw new Error(`the scenario's manifest is not valid: ${JSON.stringify(parsed.problems)}`);
  const text = JSON.stringify(parsed.manifest.settings);
  settingsTexts.set(manifest, text);
  return text;
}

/** What the oracle reads of a release file: the same facts as the product's parser gives, by other and cheaper means. */
export interface QuickRelease {
  readonly stable: string | null;
  readonly stableCommit: string | null;
  readonly next: string | null;
  readonly nextCommit: string | null;
  readonly nodesPct: number;
  readonly rolloutId: string | null;
  readonly wave: number;
  readonly waveStartedAtMs: number;
}

const remembered = new Map<string, QuickRelease | null>();
const rememberedMax = 20_000;

/** null for a text that is no release. */
export function quickRelease(text: string): QuickRelease | null {
  const known = remembered.get(text);
  if (known !== undefined) return known;
  if (remembered.size > rememberedMax) remembered.clear();
  const read = readRelease(text);
  remembered.set(text, read);
  return read;
}

function readRelease(text: string): QuickRelease | null {
  if (!text.includes("\nscript: ")) return null;
  const after = (section: string, field: string): string | null => {
    const at = text.indexOf(`\n${section}:\n`);
    if (at === -1) return null;
    const start = text.indexOf(`  ${field}: `, at);
    if (start === -1) return null;
    const from = start + field.length + 4;
    return text.slice(from, text.indexOf("\n", from)).replaceAll('"', "");
  };
  return {
    stable: after("stable", "digest"),
    stableCommit: after("stable", "commit"),
    next: after("next", "digest"),
    nextCommit: after("next", "commit"),
    nodesPct: Number(after("next", "nodesPct") ?? 0),
    rolloutId: after("rollout", "id"),
    wave: Number(after("rollout", "wave") ?? 0),
    waveStartedAtMs: Date.parse(after("rollout", "waveStartedAt") ?? "") || 0,
  };
}

/** What a hold file says: its mode, what is held back and where to go instead. */
export function quickHold(text: string): {
  readonly mode: string;
  readonly revision: string | null;
  readonly to: string | null;
} {
  const digest = (section: string) =>
    new RegExp(`\\n${section}:\\n {2}digest: "?([^"\\n]+)"?\\n`).exec(text)?.[1] ?? null;
  const mode = /\nmode: (\w+)\n/.exec(text)?.[1] ?? "";
  return { mode, revision: digest("revision"), to: digest("to") };
}

const releaseName = /^releases\/([^/]+)\/([^/]+)\.yaml$/;

/** Region and `<script>@<version>` of a release file's path; null for another file. */
export function releasePlace(path: string): { readonly region: string; readonly key: string } | null {
  const [, region, key] = releaseName.exec(path) ?? [];
  return region === undefined || key === undefined ? null : { region, key };
}

import { quickHold } from "../quick-release.ts";

/** A pause or freeze in force. */
export interface Stop {
  readonly path: string;
  readonly covers: (key: string, region: string, digest: string | null) => boolean;
  readonly sinceMs: number;
  readonly untilMs: number;
}

/** What a hold or a freeze keeps from moving, by its file. */
export function coverage(path: string, text: string): Stop["covers"] {
  if (path.startsWith("holds/")) {
    const held = path.slice("holds/".length, -".yaml".length);
    const { mode, revision } = quickHold(text);
    if (mode === "pause") return (key) => key === held;
    return (key, _region, digest) => key === held && digest !== null && digest === revision;
  }
  const scope = /^scope: "?([^"\n]+)"?$/m.exec(text)?.[1] ?? "";
  const exempt = new Set([...text.matchAll(/^ +- script: (.+)$/gm)].map(([, script]) => script));
  const isOf = (key: string, region: string): boolean => {
    if (scope === "fleet") return true;
    if (scope.startsWith("region:")) return region === scope.slice("region:".length);
    return key.split("@")[0] === scope.slice("script:".length);
  };
  return (key, region) => !exempt.has(key.split("@")[0]) && isOf(key, region);
}

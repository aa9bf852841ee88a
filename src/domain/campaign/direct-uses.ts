/** Where a package.json can name a library that is upgraded; peers are what others must bring, so they stay. */
export const UPGRADED_SECTIONS = ["dependencies", "devDependencies", "optionalDependencies"] as const;

export type UpgradedSection = (typeof UPGRADED_SECTIONS)[number];

/** A library as one section of one package.json names it. */
export interface DirectUse {
  readonly section: UpgradedSection;
  /** The range as it stands there. */
  readonly declared: string;
}

/** The content of a package.json, of which only strings under known names are believed. */
export type PackageJson = Readonly<Record<string, unknown>>;

export function directUses(packageJson: PackageJson, library: string): DirectUse[] {
  return UPGRADED_SECTIONS.flatMap((section) => {
    const declared = rangesOf(packageJson, section)[library];
    return declared === undefined ? [] : [{ section, declared }];
  });
}

/** One section's names and ranges; anything that is not text is left out. */
export function rangesOf(content: PackageJson, section: string): Readonly<Record<string, string>> {
  const named = content[section];
  if (typeof named !== "object" || named === null || Array.isArray(named)) return {};
  // Without a prototype, so that a package called "constructor" is found only where it is named.
  const ranges: Record<string, string> = Object.create(null);
  for (const [name, range] of Object.entries(named)) if (typeof range === "string") ranges[name] = range;
  return ranges;
}

/** Parses text as a JSON object; null when it is something else. A byte order mark is allowed, as npm allows it. */
export function parseJsonObject(text: string): PackageJson | null {
  try {
    const value: unknown = JSON.parse(text.replace(/^\uFEFF/, ""));
    if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
    return Object.fromEntries(Object.entries(value));
  } catch {
    return null;
  }
}

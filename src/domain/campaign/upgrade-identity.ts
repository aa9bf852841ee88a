/** Where the branches of all upgrades lie. */
export const UPGRADE_BRANCHES = "showrunner/upgrade/";

/**
 * The branch that carries a library's upgrade, whatever the version: later ones take the same pull request. `base` names the
 * branch that it is for where that is not the default one.
 */
export function upgradeBranch(library: string, base: string | null): string {
  const flat = library
    .replace(/^@/, "")
    .replace("/", "__")
    .replace(/[^A-Za-z0-9._-]/g, "-");
  // What git allows in no part of a name: a dot in front, two in a row or at the end, ".lock".
  const safe = flat
    .replace(/^\.+/, "")
    .replace(/\.{2,}/g, ".")
    .replace(/(?:\.lock|\.)$/, "-");
  // Not a folder below the other's name, which git cannot have beside it.
  const suffix = base === null ? "" : `@${base.replace(/[^A-Za-z0-9._-]/g, "-").replace(/\.+/g, ".")}`;
  return `${UPGRADE_BRANCHES}${safe}${suffix}`;
}

/** What a pull request carries, hidden in its body, so that the next run knows without asking for more. */
export interface UpgradeMarker {
  readonly library: string;
  readonly version: string;
  /** What the campaign was after, an advisory's edition included; the same aim on the same base gives the same files. */
  readonly aim: string;
  /** The commit that we put on the branch. */
  readonly head: string;
  /** The base branch's commit below it. */
  readonly base: string;
  /** Each changed file with its blob at `base`. */
  readonly files: readonly (readonly [path: string, blob: string])[];
}

const MARKER = /<!-- showrunner:upgrade (\{.*\}) -->/;

export function renderMarker(marker: UpgradeMarker): string {
  // Inside an HTML comment two hyphens end it.
  return `<!-- showrunner:upgrade ${JSON.stringify(marker).replaceAll("--", "-\\u002d")} -->`;
}

/** null when the body holds none that can be read. */
export function readMarker(body: string): UpgradeMarker | null {
  const text = MARKER.exec(body)?.[1];
  if (text === undefined) return null;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null) return null;
    const fields: Readonly<Record<string, unknown>> = Object.fromEntries(Object.entries(value));
    const { library, version, aim, head, base, files } = fields;
    if (typeof library !== "string" || typeof version !== "string" || typeof aim !== "string") return null;
    if (typeof head !== "string" || typeof base !== "string" || !Array.isArray(files)) return null;
    return { library, version, aim, head, base, files: files.flatMap((file: unknown) => readFile(file)) };
  } catch {
    return null;
  }
}

function readFile(file: unknown): (readonly [string, string])[] {
  if (!Array.isArray(file)) return [];
  const [path, blob]: unknown[] = file;
  return typeof path === "string" && typeof blob === "string" ? [[path, blob]] : [];
}

/** A tick of the box with which people ask for a rebase. */
export const REBASE_BOX = "<!-- rebase-check -->";

export function wantsRebase(body: string): boolean {
  return new RegExp(`^\\s*[-*] \\[[xX]\\] ${REBASE_BOX}`, "m").test(body);
}

/**
 * The message of our commit. The tree's id in it is what tells our commit from one that somebody amended, rebased or put on
 * top: theirs has another tree, or no such line.
 */
export function upgradeCommitMessage(title: string, library: string, version: string, tree: string): string {
  return `${title}\n\nShowrunner-Upgrade: ${library}@${version}\nShowrunner-Tree: ${tree}\n`;
}

export interface CommitSeen {
  readonly tree: string;
  readonly parents: readonly string[];
  readonly message: string;
}

/** The version that a commit of ours brings; null when it is not ours as we made it. */
export function ownCommit(commit: CommitSeen, library: string): { version: string; base: string } | null {
  const tree = /^Showrunner-Tree: (\S+)$/m.exec(commit.message)?.[1];
  const upgrade = /^Showrunner-Upgrade: (\S+)@([^@\s]+)$/m.exec(commit.message);
  const [base, ...more] = commit.parents;
  if (tree !== commit.tree || upgrade?.[1] !== library || base === undefined || more.length > 0) return null;
  return { version: upgrade[2] ?? "", base };
}

/** Where GitHub looks for the file, in this order. */
export const CODE_OWNERS_PATHS = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"] as const;

const LINES_MAX = 3_000;
const PATHS_MAX = 50;
const PATTERN_LENGTH_MAX = 500;
/** A person or a team; GitHub also takes addresses, by which nobody can be mentioned. */
const MENTION = /^@[A-Za-z0-9][A-Za-z0-9-]{0,38}(?:\/[A-Za-z0-9._-]{1,100})?$/;

/**
 * Who owns any of these paths (the first 50) by the text of a CODEOWNERS file, as "@person" or "@organisation/team". The last
 * line that matches a path decides for it. Source: docs.github.com, "About code owners".
 */
export function codeOwners(text: string, paths: readonly string[]): string[] {
  const rules = text
    .split(/\r?\n/, LINES_MAX)
    .map((line) => line.replace(/(?:^|\s)#.*$/, "").trim())
    .filter((line) => line !== "")
    .map((line) => line.split(/\s+/))
    .map(([pattern = "", ...owners]) => ({ steps: stepsOf(pattern), owners }));
  const owners = paths.slice(0, PATHS_MAX).flatMap((path) => {
    const folders = path.split("/");
    return rules.findLast(({ steps }) => isMatch(steps, folders, "**", isNameMatch))?.owners ?? [];
  });
  return [...new Set(owners.filter((owner) => MENTION.test(owner)))];
}

/** The pattern of a line by folders, "**" for any number of them; one that matches nothing for what GitHub does not know. */
function stepsOf(pattern: string): readonly string[] {
  if (pattern.length > PATTERN_LENGTH_MAX || /[![\]\\]/.test(pattern)) return [];
  const steps = pattern.replace(/^\/|\/$/g, "").split("/");
  const isAnchored = pattern.startsWith("/") || steps.length > 1;
  const isBelowOnly = pattern.endsWith("/") || steps.at(-1) === "**";
  const own = steps.at(-1) === "**" ? steps.slice(0, -1) : steps;
  // "docs/*" owns what is right in it, and no more; everything else what is below it too.
  const below = isBelowOnly ? ["*", "**"] : own.length > 1 && own.at(-1) === "*" ? [] : ["**"];
  return [...(isAnchored ? [] : ["**"]), ...own, ...below];
}

function isNameMatch(pattern: string, name: string): boolean {
  return isMatch(
    Array.from(pattern),
    Array.from(name),
    "*",
    (sign, letter) => sign === "?" || sign === letter,
  );
}

/** Whether the parts fit a pattern in which `any` stands for any number of them. Takes time by their product at most. */
function isMatch(
  pattern: readonly string[],
  parts: readonly string[],
  any: string,
  fits: (sign: string, part: string) => boolean,
): boolean {
  let at = 0;
  /** Where the last `any` stood, and up to which part it reaches. */
  let retry: { readonly at: number; readonly part: number } | null = null;
  for (let part = 0; part < parts.length;) {
    const sign = pattern[at];
    if (sign === any) {
      retry = { at, part };
      at += 1;
    } else if (sign !== undefined && fits(sign, parts[part] ?? "")) {
      at += 1;
      part += 1;
    } else if (retry !== null) {
      retry = { at: retry.at, part: retry.part + 1 };
      part = retry.part;
      at = retry.at + 1;
    } else {
      return false;
    }
  }
  return pattern.slice(at).every((sign) => sign === any);
}

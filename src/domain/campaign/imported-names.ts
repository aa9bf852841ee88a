/**
 * Names that a module takes from a library, subpaths included ("resize", "default", "*", "/sub"). Read from the text: what
 * is built at run time is not seen, and what stands in a comment may be.
 */
export function importedNames(text: string, library: string): string[] {
  const found = new Set<string>();
  for (const [, clause = "", specifier = ""] of text.matchAll(STATEMENT)) {
    const subpath = subpathOf(specifier, library);
    if (subpath === null) continue;
    if (subpath !== "") found.add(subpath);
    for (const name of namesIn(clause)) found.add(name);
  }
  return [...found].sort();
}

/** Imports and exports with a clause, which holds no quote and no semicolon, and where they come from. */
const STATEMENT = /\b(?:import|export)\s+([^'";]{1,2000}?)\s+from\s*["']([^"'\n]{1,300})["']/g;

function subpathOf(specifier: string, library: string): string | null {
  if (specifier === library) return "";
  return specifier.startsWith(`${library}/`) ? specifier.slice(library.length) : null;
}

function namesIn(clause: string): string[] {
  if (/^type\s/.test(clause)) return [];
  const braces = /\{([^}]*)\}/.exec(clause)?.[1] ?? "";
  const named = braces.split(",").flatMap((part) => /^\s*(?!type\s)([\w$]+)/.exec(part)?.[1] ?? []);
  const outside = clause.replace(/\{[^}]*\}/, "");
  return [
    ...named,
    ...(/\*/.test(outside) ? ["*"] : []),
    ...(/^\s*[A-Za-z_$][\w$]*/.test(outside) ? ["default"] : []),
  ];
}

import { CliError } from "./cli-context.ts";

export interface ScriptName {
  readonly name: string;
  /** null means whichever there are. */
  readonly version: string | null;
}

/** "artwork" or "artwork@4". Exits with 2 for anything else. */
export function scriptArgument(text: string): ScriptName {
  const match = /^([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)(?:@([a-z0-9][a-z0-9._-]{0,31}))?$/.exec(text);
  if (match?.[1] === undefined)
    throw new CliError(2, `"${text}" is no name of a script. Write NAME or NAME@VERSION.`);
  return { name: match[1], version: match[2] ?? null };
}

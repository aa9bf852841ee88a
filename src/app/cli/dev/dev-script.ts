import type { RevisionSettings } from "#schemas/types.ts";

/** One place in a text file, counted from 1, and what is wrong there. */
export interface BuildProblem {
  /** Relative to the folder that is served. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** A script of the served folder, as its files say. */
export interface FoundScript {
  /** Absolute path of the manifest, or of the bare file: what the script is known by over changes. */
  readonly source: string;
  /** Absolute path of the handler module. */
  readonly entry: string;
  readonly settings: RevisionSettings;
}

/** A script that cannot even be tried, with the route at which that is told. */
export interface BrokenScript {
  readonly source: string;
  readonly name: string;
  readonly route: string;
  readonly problems: readonly BuildProblem[];
}

/** What the last build of a script gave. */
export type BuildOutcome =
  | {
      readonly ok: true;
      /** The whole bundle, settings line and all. */
      readonly bundle: Buffer;
      readonly sourceMap: string;
      /** Absolute paths of the files in it. */
      readonly inputs: readonly string[];
    }
  | { readonly ok: false; readonly problems: readonly BuildProblem[] };

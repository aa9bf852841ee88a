import type { DeprecatedVersions } from "./library-reasons.ts";

/** What the registry says of a library. */
export interface LibraryReleases {
  /** The version that the tag "latest" names: what is above it was not meant for everybody. null without one. */
  readonly latest: string | null;
  readonly releases: readonly LibraryRelease[];
}

export interface LibraryRelease {
  readonly version: string;
  /** Epoch milliseconds; null when the registry does not tell. */
  readonly publishedAtMs: number | null;
  /** Why its authors call it deprecated, in their words; null where they do not. */
  readonly deprecated: string | null;
}

/** What its authors call deprecated; nothing of a library that nobody asked about. */
export function deprecatedIn(known: LibraryReleases | undefined): DeprecatedVersions {
  return Object.fromEntries(
    (known?.releases ?? []).flatMap(({ version, deprecated }) =>
      deprecated === null ? [] : [[version, deprecated]],
    ),
  );
}

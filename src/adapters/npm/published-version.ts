/** One version of a package as the registry has it. */
export interface PublishedVersion {
  readonly name: string;
  readonly version: string;
  /** Normalised as npm does before it writes a lockfile. */
  readonly manifest: Readonly<Record<string, unknown>>;
  /** Address of the archive. */
  readonly resolved: string;
  /** Subresource integrity, such as "sha512-…". */
  readonly integrity: string;
  /** Brings other packages or a lockfile inside its archive, so that its entry alone does not say what is installed. */
  readonly isFixed: boolean;
  /** RFC 3339; null when the registry does not tell. */
  readonly publishedAt: string | null;
  /** Where people read about it, an http(s) address; null when the manifest names none. */
  readonly homepage: string | null;
}

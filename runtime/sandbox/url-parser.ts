/** The parts of a URL, named as the web names them. */
export interface UrlParts {
  readonly protocol: string;
  readonly username: string;
  readonly password: string;
  readonly hostname: string;
  readonly port: string;
  readonly pathname: string;
  readonly search: string;
  readonly hash: string;
  readonly href: string;
  readonly origin: string;
}

export const SETTABLE_PARTS = [
  "protocol",
  "username",
  "password",
  "host",
  "hostname",
  "port",
  "pathname",
  "search",
  "hash",
] as const;
export type SettablePart = (typeof SETTABLE_PARTS)[number];

/** Node's own parser, behind strings. Null means that the text is no URL. */
export interface UrlParser {
  parse(text: string, base: string | null): UrlParts | null;
  /** The parts after one of them was set, with the web's rules for ignoring bad values. */
  assign(href: string, part: SettablePart, value: string): UrlParts;
}

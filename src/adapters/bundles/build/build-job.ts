import type { Library } from "#domain/ports.ts";
import type { Problem } from "#domain/manifest/problem.ts";

/** What the builder tells its child process. All folders are absolute. */
export interface BuildJob {
  readonly checkout: string;
  readonly path: string;
  readonly entry: string;
  /** The first line of the bundle. */
  readonly firstLine: string;
  readonly registryUrl: string;
  readonly tarballFolder: string;
  /** Empty; the build's own copy of the checkout goes here. */
  readonly workFolder: string;
  /** Gets `reply.json`, and with kind `built` also `bundle.js` and `bundle.js.map`. */
  readonly outFolder: string;
}

/** What the child process answers in `reply.json`. */
export type BuildReply =
  | { readonly kind: "built"; readonly libraries: readonly Library[] }
  | { readonly kind: "rejected"; readonly problems: readonly Problem[] }
  | { readonly kind: "unavailable"; readonly message: string };

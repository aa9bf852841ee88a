import type { Logger } from "pino";
import type { GitFacts } from "./git-facts.ts";
import type { GitRunner } from "./git-runner.ts";
import type { CheckoutLimits } from "./write-checkout.ts";

export interface GitMirrorLimits {
  /** A whole fetch or clone. */
  readonly fetchMs: number;
  /** One reading command. */
  readonly readMs: number;
  /** A git process that is silent for so long is ended. */
  readonly idleMs: number;
  /** The packs of one repository on disk, checked while a fetch runs. */
  readonly mirrorBytes: number;
  readonly entries: number;
  /** Texts returned by one `read` together. */
  readonly readBytes: number;
  readonly checkout: CheckoutLimits;
}

export const GIT_MIRROR_LIMITS: GitMirrorLimits = {
  fetchMs: 600_000,
  readMs: 60_000,
  idleMs: 30_000,
  mirrorBytes: 2 * 1024 ** 3,
  entries: 200_000,
  readBytes: 256 * 1024 ** 2,
  checkout: { files: 20_000, bytes: 200 * 1024 ** 2 },
};

export interface GitMirrorOptions {
  /** The mirror's own folder; made when absent. One process at a time may own it. */
  readonly dir: string;
  /** Asked before every fetch, so that tokens may be short-lived. `authorization` may be "" where none is needed. */
  readonly access: () => Promise<{ url: string; authorization: string }>;
  readonly logger: Logger;
  readonly limits: GitMirrorLimits;
  /** These two are shared by the mirrors of a process. */
  readonly facts: GitFacts;
  readonly runner: GitRunner;
  /** "file" lets tests fetch from a folder of this machine. */
  readonly transport: "http" | "file";
}

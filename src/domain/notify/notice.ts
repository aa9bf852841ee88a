import type { NoticeKind } from "./notify-endpoint.ts";

/** One thing that happened, as it is told outside. */
export interface Notice {
  /** The same however often the same thing is found or sent, so that receivers can drop repetitions. */
  readonly id: string;
  readonly kind: NoticeKind;
  /** What it is about, such as "artwork@4". */
  readonly subject: string;
  readonly atMs: number;
  /** One line for people, plain text. */
  readonly text: string;
  readonly data: Readonly<Record<string, unknown>>;
}

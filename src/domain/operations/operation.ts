import type { Digest } from "#schemas/types.ts";

export const operationKinds = [
  "pause",
  "resume",
  "abort",
  "rollback",
  "promote",
  "freeze",
  "unfreeze",
  "kill",
  "unkill",
] as const;

export type OperationKind = (typeof operationKinds)[number];

/** What an operation is about. A script without a version means all its versions. */
export type OperationTarget =
  | { readonly kind: "script"; readonly name: string; readonly version: string | null }
  | { readonly kind: "group"; readonly name: string }
  /** Scripts that carry all of these labels. */
  | { readonly kind: "selector"; readonly labels: Readonly<Record<string, string>> }
  | { readonly kind: "region"; readonly name: string }
  | { readonly kind: "fleet" };

/** Something that a person asks for. */
export interface Operation {
  readonly kind: OperationKind;
  readonly target: OperationTarget;
  readonly reason: string;
  /** "@login" of a person, or "api" for the holder of the API token. */
  readonly by: string;
  /** When it was asked; what began later cannot have been meant. Epoch milliseconds. */
  readonly askedAtMs: number;
  /** When a freeze or a kill ends by itself, epoch milliseconds; null when it does not. */
  readonly untilMs: number | null;
  /** Where a rollback goes to, a full or short commit; null means the revision before. */
  readonly toCommit: string | null;
  /** The one revision that a rollback may take back; whatever is newest when absent. */
  readonly only?: Digest;
  /** How many scripts the person knows it changes; needed where a selector goes over the fleet's cap. */
  readonly confirmed: number | null;
}

import type { Freeze } from "#schemas/types.ts";
import type { FileChange } from "../ports.ts";

/** What an operation changes in the fleet repository, or why it is refused and what to do instead. */
export type OperationPlan =
  | {
      readonly ok: true;
      readonly changes: readonly FileChange[];
      /** `<script>@<version>`, or the scope of a freeze or kill. */
      readonly affected: readonly string[];
      /** One line. */
      readonly summary: string;
      /** The command that takes it back; null where there is none. */
      readonly undo: string | null;
    }
  | { readonly ok: false; readonly error: OperationError };

export interface OperationError {
  readonly kind:
    /** Nothing has this name. */
    | "unknownTarget"
    /** This kind of operation does not go with this kind of target. */
    | "unsupportedTarget"
    /** It is like that already, or there is nothing under way. */
    | "nothingToDo"
    /** More scripts than fleet.yaml lets a selector change at once. */
    | "overCap"
    | "unknownRevision"
    | "invalidTime";
  readonly message: string;
}

/** What is planned for one script or scope; `refused` says why nothing is. */
export type PartialPlan =
  | {
      readonly ok: true;
      readonly changes: readonly FileChange[];
      readonly words: string;
      /** Freezes as the changes leave them, for the plan of the next script under the same freeze. */
      readonly freezes?: readonly Freeze[];
    }
  | { readonly ok: false; readonly error: OperationError };

export function refuse(kind: OperationError["kind"], message: string): { ok: false; error: OperationError } {
  return { ok: false, error: { kind, message } };
}

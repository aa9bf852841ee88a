import type { ReconcileKey } from "#domain/reconcile/reconcile-key.ts";

/** `signal` aborts when the run should stop: at shutdown, or because another worker has taken the key over. */
export type ReconcileHandler = (key: ReconcileKey, signal: AbortSignal) => Promise<Outcome>;

/** What a run of a key came to. A thrown error is transient: the key runs again, later each time it fails in a row. */
export type Outcome =
  | { readonly kind: "done" }
  | { readonly kind: "requeue"; readonly afterMs: number }
  /** Running again cannot help until something changes, which wakes the key. */
  | { readonly kind: "terminal"; readonly message: string };

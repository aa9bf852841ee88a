import type { ReconcileKey } from "#domain/reconcile/reconcile-key.ts";

/** The app was installed somewhere, or its repositories changed: look at all of them. */
export function installationKeys(): ReconcileKey[] {
  return ["discovery"];
}

/** How bringing an instance to life in one worker, or in all of them, went. */
export type ProvisionOutcome =
  | { readonly ok: true; readonly warmupMs: number }
  | {
      readonly ok: false;
      readonly kind: "transient" | "terminal";
      readonly code: string;
      readonly message: string;
    };

/** The worker died in the middle of it. */
export const LOST: ProvisionOutcome = {
  ok: false,
  kind: "transient",
  code: "worker_restarted",
  message: "the worker died in the middle of it",
};

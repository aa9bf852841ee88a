/** Somebody outside who is told what happens, as `notify` in fleet.yaml names them. */
export interface NotifyEndpoint {
  readonly name: string;
  readonly format: "cloudevents" | "slack";
  /** Null where the address is itself a secret. */
  readonly url: string | null;
  /** Name of the secret that holds the address; null where it is in `url`. */
  readonly urlSecret: string | null;
  /** Name of the secret that signs what is sent; null where nothing is signed. */
  readonly signingSecret: string | null;
  /** What they are told of; null is everything. */
  readonly events: readonly NoticeKind[] | null;
}

/** What can be told, without the `dev.showrunner.` in front. */
export type NoticeKind = (typeof noticeKinds)[number];

export const noticeKinds = [
  "rollout.started",
  "rollout.waiting",
  "rollout.baking",
  "rollout.held",
  "rollout.frozen",
  "rollout.paused",
  "rollout.rollingBack",
  "rollout.rolledBack",
  "rollout.aborted",
  "rollout.superseded",
  "rollout.refused",
  "rollout.completed",
  "operation.done",
] as const;

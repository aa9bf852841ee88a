import type { FleetSnapshot } from "#domain/reconcile/fleet-snapshot.ts";
import type { ReconcilerContext } from "#app/reconciler/context.ts";
import type { FleetChange } from "#app/reconciler/fleet-committer.ts";

/** There is no fleet repository that can be read, or it moved faster than we could follow: ask again. */
export interface Unavailable {
  readonly kind: "unavailable";
  readonly message: string;
}

/** What came of a person's wish to change something that has a file there. */
export type ChangeOutcome =
  | { readonly kind: "done" }
  /** It is that way already. */
  | { readonly kind: "nothingToDo"; readonly message: string }
  | { readonly kind: "unknown"; readonly message: string }
  | Unavailable;

export interface Proposal<Answer> {
  /** null where nothing is to be committed. */
  readonly change: Omit<FleetChange, "basis"> | null;
  readonly answer: Answer;
}

const ATTEMPTS_MAX = 5;

/**
 * Plans on the newest state of the fleet repository and commits it, again from the beginning when that moved meanwhile.
 * `record` follows the commit, once. Throws `CodeHostError` when GitHub cannot be reached.
 */
export async function commitOnNewest<Answer>(
  { fleet, committer }: Pick<ReconcilerContext, "fleet" | "committer">,
  propose: (snapshot: FleetSnapshot) => Proposal<Answer> | Promise<Proposal<Answer>>,
  record: (answer: Answer) => Promise<void>,
): Promise<Answer | Unavailable> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    const snapshot = await fleet.refresh();
    if (!snapshot) return { kind: "unavailable", message: "no valid fleet.yaml was found" };
    const { change, answer } = await propose(snapshot);
    if (change === null) return answer;
    if ((await committer.submit({ basis: snapshot.commit, ...change })) === "stale") continue;
    await record(answer);
    // So that whoever asks next is told of it.
    await fleet.refresh();
    return answer;
  }
  return { kind: "unavailable", message: "the fleet repository is changing too fast; ask again" };
}

import type { InstanceMaterial } from "./instance-material.ts";
import { watchLoading } from "./load-watch.ts";
import type { Member } from "./member.ts";
import { LOST, type ProvisionOutcome } from "./provision-outcome.ts";

export interface LoadInput {
  readonly number: number;
  readonly material: InstanceMaterial;
  readonly onWarming: () => void;
  /** Ends the waiting, not the loading; null when nothing does. */
  readonly signal: AbortSignal | null;
}

/** Brings an instance to life in one worker; after the one before where they go one at a time. */
export async function loadInstance(member: Member, input: LoadInput): Promise<ProvisionOutcome> {
  const before = member.turn;
  const loading = (before ?? Promise.resolve()).then(async () => loadNow(member, input));
  if (before !== null) member.turn = loading;
  const outcome = await loading;
  member.provisioning.delete(input.number);
  return outcome;
}

async function loadNow(
  { process, provisioning }: Member,
  { number, material, onWarming, signal }: LoadInput,
): Promise<ProvisionOutcome> {
  if (!process.isReady) return LOST;
  const watch = watchLoading(process, number);
  const outcome = await new Promise<ProvisionOutcome>((settle) => {
    provisioning.set(number, {
      settle,
      onWarming: () => {
        watch.stop();
        onWarming();
      },
    });
    signal?.addEventListener("abort", () => {
      settle(SUPERSEDED);
    });
    const { identity, text, secrets, codeCache } = material;
    process.send({ type: "provision", instance: number, identity, text, secrets, codeCache });
  });
  watch.stop();
  return outcome;
}

const SUPERSEDED: ProvisionOutcome = {
  ok: false,
  kind: "transient",
  code: "superseded",
  message: "a newer document came",
};

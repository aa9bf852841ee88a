import { setTimeout as sleep } from "node:timers/promises";
import { askGateway } from "../gateway-client.ts";
import type { Scene } from "./scene.ts";
import { mustFind, StepFailed } from "./step.ts";

const SETTLED_TIMEOUT_MS = 120_000;
const ROLLOUT_TIMEOUT_MS = 240_000;
const ASK_EVERY_MS = 250;
/** So many answers in a row must come from the new revision: the region's nodes take turns, so each was asked twice. */
const ANSWERS_IN_A_ROW = 4;

/** The first characters of a revision, as people compare them. */
export function shortRevision(revision: string): string {
  return revision.replace(/^sha256:/, "").slice(0, 12);
}

/** Waits until all regions serve one and the same revision, and tells which. */
export async function settledRevision(scene: Scene): Promise<string> {
  return await mustFind(
    `one revision of ${scene.repo} in every region`,
    async () => {
      const rounds = await Promise.all([answers(scene), answers(scene)]);
      const revisions = new Set(rounds.flat().map(({ revision }) => revision));
      const [revision] = revisions;
      return revisions.size === 1 && revision !== null && revision !== undefined ? revision : null;
    },
    { timeoutMs: SETTLED_TIMEOUT_MS, signal: scene.signal },
  );
}

export interface RegionArrival {
  readonly region: string;
  readonly revision: string;
  /** Since the merge. */
  readonly afterMs: number;
  readonly node: string;
}

/** Asks every region's gateway, as a client would, until all serve another revision than `before`. */
export async function followRollout(
  scene: Scene,
  before: string,
  mergedAtMs: number,
  onArrival: (arrival: RegionArrival) => void,
): Promise<{ readonly asked: number; readonly failed: number }> {
  const counts = { asked: 0, failed: 0 };
  const inARow = new Map<string, number>();
  const endsAtMs = Date.now() + ROLLOUT_TIMEOUT_MS;
  const arrived = new Set<string>();
  while (arrived.size < scene.gateways.length) {
    if (Date.now() > endsAtMs) {
      const missing = scene.gateways.map(({ region }) => region).filter((region) => !arrived.has(region));
      throw new StepFailed(
        `${missing.join(", ")} did not serve the new revision within ${ROLLOUT_TIMEOUT_MS / 1_000} s`,
      );
    }
    for (const { region, revision, status, node } of await answers(scene)) {
      counts.asked += 1;
      if (status >= 500 || revision === null) counts.failed += 1;
      const isNew = revision !== null && revision !== before;
      inARow.set(region, isNew ? (inARow.get(region) ?? 0) + 1 : 0);
      if (isNew && inARow.get(region) === ANSWERS_IN_A_ROW && !arrived.has(region)) {
        arrived.add(region);
        onArrival({ region, revision, afterMs: Date.now() - mergedAtMs, node: node ?? "unknown" });
      }
    }
    await sleep(ASK_EVERY_MS, undefined, { signal: scene.signal });
  }
  return counts;
}

interface RegionAnswer {
  readonly region: string;
  readonly status: number;
  readonly revision: string | null;
  readonly node: string | null;
}

/** One request to each region. No connection counts as status 503. */
async function answers(scene: Scene): Promise<RegionAnswer[]> {
  return await Promise.all(
    scene.gateways.map(async ({ region, origin }) => {
      const answer = await askGateway(origin, scene.path, scene.developer.login);
      return answer.kind === "answered"
        ? { region, status: answer.status, revision: answer.revision, node: answer.node }
        : { region, status: 503, revision: null, node: null };
    }),
  );
}

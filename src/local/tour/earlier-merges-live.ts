import { waitFor } from "../wait-for.ts";
import type { Scene } from "./scene.ts";

const TIMEOUT_MS = 120_000;

/**
 * Waits until the newest commit of the repository is what every region is to serve: a tour that was cut off may have
 * left a rollout on its way. Goes on when the time is over, because a commit that changes no bundle is never rolled out.
 */
export async function earlierMergesLive(scene: Scene): Promise<void> {
  const { github, owner, repo, signal } = scene;
  await waitFor(
    async () => {
      const { data } = await github.repos.getBranch({ owner, repo, branch: "main" });
      const overview = await readOverview(scene);
      const script = list(overview, "scripts").find((item) => field(item, "name") === repo);
      const cells = list(script, "regions");
      const isLive = (cell: unknown): boolean =>
        field(cell, "next") === null && field(field(cell, "stable"), "commit") === data.commit.sha;
      return cells.length > 0 && cells.every(isLive) ? true : null;
    },
    { timeoutMs: TIMEOUT_MS, everyMs: 500, signal },
  );
}

/** What the dashboard shows; null when the control plane does not answer. */
async function readOverview({ controlPlane, signal }: Scene): Promise<unknown> {
  try {
    const answer = await fetch(`${controlPlane.origin}/api/overview`, {
      headers: { authorization: `Bearer ${controlPlane.token}` },
      signal,
    });
    return await answer.json();
  } catch {
    signal.throwIfAborted();
    return null;
  }
}

function list(value: unknown, name: string): readonly unknown[] {
  const found = field(value, name);
  return Array.isArray(found) ? found : [];
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}

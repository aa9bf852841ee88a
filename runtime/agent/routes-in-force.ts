import type { InstanceIdentity } from "../isolates/script-instance.ts";
import type { AgentMessage, InstanceStanding, WorkerRoute } from "../worker-messages.ts";

const FOLLOWED_MS_MAX = 2000;

type RoutesMessage = Extract<AgentMessage, { type: "routes" }>;

/** The route table that workers are to follow, and who waits until they do. */
export class RoutesInForce {
  readonly #standingOf: (identity: InstanceIdentity) => InstanceStanding;
  #message: RoutesMessage = { type: "routes", generation: 0, hasDocument: false, routes: [] };
  #waiting: { readonly generation: number; readonly settle: () => void }[] = [];

  constructor(standingOf: (identity: InstanceIdentity) => InstanceStanding) {
    this.#standingOf = standingOf;
  }

  /** What to tell the workers of a new table. */
  replace(routes: readonly WorkerRoute[], hasDocument: boolean): RoutesMessage {
    this.#message = { type: "routes", generation: this.#message.generation + 1, hasDocument, routes };
    return this.#message;
  }

  /** For a worker that comes later: what scripts have done since the table was made counts as well. */
  asItStands(): RoutesMessage {
    const routes = this.#message.routes.map((route) => ({
      ...route,
      variants: route.variants.map((variant) => {
        if (variant.target === null) return variant;
        const { script, version } = route;
        const { role, digest, target } = variant;
        const standing = this.#standingOf({ script, version, role, digest });
        return { ...variant, target: { ...target, standing } };
      }),
    }));
    return { ...this.#message, routes };
  }

  /** Settles when every worker follows the table that is in force now, or one takes too long. */
  async followed(): Promise<void> {
    const { generation } = this.#message;
    await new Promise<void>((settle) => {
      this.#waiting.push({ generation, settle });
      setTimeout(settle, FOLLOWED_MS_MAX).unref();
    });
  }

  /** `generation`: what even the last of the workers follows. */
  settle(generation: number): void {
    const done = this.#waiting.filter((waiting) => waiting.generation <= generation);
    this.#waiting = this.#waiting.filter((waiting) => waiting.generation > generation);
    for (const { settle } of done) settle();
  }
}

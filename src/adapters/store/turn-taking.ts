import { setImmediate } from "node:timers/promises";
import type {
  KyselyPlugin,
  PluginTransformResultArgs,
  QueryResult,
  RootOperationNode,
  UnknownRow,
} from "kysely";

/** Longest time for which whoever asks the database keeps the process from anything else, milliseconds. */
const turnMsMax = 10;

/**
 * The embedded database answers within the turn of the event loop in which it is asked, so a run of queries would keep
 * requests that arrived meanwhile from being read until it ends. This ends the turn when it has lasted long enough.
 */
export class TurnTaking implements KyselyPlugin {
  #turnedAtMs = 0;

  transformQuery({ node }: { readonly node: RootOperationNode }): RootOperationNode {
    return node;
  }

  async transformResult({ result }: PluginTransformResultArgs): Promise<QueryResult<UnknownRow>> {
    if (performance.now() - this.#turnedAtMs > turnMsMax) {
      await setImmediate();
      this.#turnedAtMs = performance.now();
    }
    return result;
  }
}

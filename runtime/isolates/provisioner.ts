import { randomUUID } from "node:crypto";
import { availableParallelism } from "node:os";
import pLimit from "p-limit";
import type { Logger } from "pino";
import { parseBundle, type Bundle } from "./bundle-format.ts";
import type { EgressTarget } from "./egress-policy.ts";
import { hostFetch, type Resolve } from "./host-fetch.ts";
import { IsolateInstance } from "./isolate-instance.ts";
import { LiveInstance } from "./live-instance.ts";
import { readSecrets } from "./read-secrets.ts";
import type { InstanceIdentity } from "./script-instance.ts";
import { ScriptLog } from "./script-log.ts";
import { warmUp } from "./warm-up.ts";

// Compiling and warming up take a core each; a few more let a script that waits in its warm-up hold nobody up.
const AT_ONCE_MAX = availableParallelism() + 2;
// The others may come from a machine that is short of time or memory just now.
const TERMINAL_LOAD_FAILURES = new Set(["compile_failed", "no_fetch_handler"]);

/** Verified bundles, from disk or from the control plane. */
export interface BundleSource {
  isOnDisk(digest: string): Promise<boolean>;
  get(digest: string, signal: AbortSignal): Promise<BundleResult>;
}

export type BundleResult =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly code: "bundle_unavailable" | "bundle_refused"; readonly message: string };

export interface ProvisionFailure {
  /** A terminal one stands until the document changes; a transient one is tried again. */
  readonly kind: "transient" | "terminal";
  readonly code: string;
  readonly message: string;
}

export type ProvisionResult =
  | { readonly ok: true; readonly live: LiveInstance }
  | { readonly ok: false; readonly failure: ProvisionFailure };

export interface ProvisionerDeps {
  readonly prelude: string;
  readonly region: string;
  readonly node: string;
  readonly secretsFolder: string | null;
  readonly bundles: BundleSource;
  readonly logger: Logger;
  readonly nowMs: () => number;
  readonly random: () => number;
  readonly resolve: Resolve;
  /** The fleet's egress list of the document in force. */
  readonly fleetAllow: () => readonly string[];
  readonly deniedTargets: () => readonly EgressTarget[];
  readonly onProblem: (code: string, message: string) => void;
}

/** Makes a digest into an instance that has done its warm-up. */
export class Provisioner {
  readonly #deps: ProvisionerDeps;
  readonly #limit = pLimit(AT_ONCE_MAX);

  constructor(deps: ProvisionerDeps) {
    this.#deps = deps;
  }

  async provision(
    identity: InstanceIdentity,
    signal: AbortSignal,
    onWarming: () => void,
  ): Promise<ProvisionResult> {
    const fetched = await this.#deps.bundles.get(identity.digest, signal);
    if (!fetched.ok) return failed("transient", fetched.code, fetched.message);
    const parsed = parseBundle(fetched.text);
    if (!parsed.ok) return failed("terminal", "bundle_invalid", parsed.message);
    const { settings } = parsed.bundle;
    if (settings.name !== identity.script || settings.version !== identity.version) {
      const message = `the bundle is of ${settings.name}@${settings.version}`;
      return failed("terminal", "settings_mismatch", message);
    }
    return this.#limit(async () => this.#start(identity, parsed.bundle, signal, onWarming));
  }

  async #start(
    identity: InstanceIdentity,
    bundle: Bundle,
    signal: AbortSignal,
    onWarming: () => void,
  ): Promise<ProvisionResult> {
    if (signal.aborted) return failed("transient", "superseded", "a newer document came");
    const { nowMs, random, prelude, region, node, logger, secretsFolder } = this.#deps;
    const { settings } = bundle;
    const { secrets, missing } = await readSecrets(secretsFolder, identity.script, settings.secrets);
    if (missing.length > 0) {
      this.#deps.onProblem(
        "secret_missing",
        `${identity.script}: no secret ${missing.join(", ")} on this node`,
      );
    }
    const log = new ScriptLog(logger, identity, secrets, nowMs);
    const started = await IsolateInstance.start(identity, bundle, {
      prelude,
      region,
      node,
      nowMs,
      random,
      log,
      secrets,
      fetch: async (request, redirect, cancelled) => {
        const rules = {
          scriptAllow: settings.egress,
          fleetAllow: this.#deps.fleetAllow(),
          denied: this.#deps.deniedTargets(),
        };
        return hostFetch(rules, this.#deps.resolve, request, redirect, cancelled);
      },
    });
    if (!started.ok) {
      const { code, message } = started.failure;
      return failed(TERMINAL_LOAD_FAILURES.has(code) ? "terminal" : "transient", code, message);
    }
    onWarming();
    const warmingSinceMs = nowMs();
    const warmed = await warmUp(started.instance, randomUUID, signal);
    if (!warmed.ok) {
      started.instance.dispose();
      return failed("transient", "warmup_failed", warmed.message);
    }
    return {
      ok: true,
      live: new LiveInstance(started.instance, nowMs(), Math.max(0, nowMs() - warmingSinceMs)),
    };
  }
}

function failed(kind: ProvisionFailure["kind"], code: string, message: string): ProvisionResult {
  return { ok: false, failure: { kind, code, message } };
}

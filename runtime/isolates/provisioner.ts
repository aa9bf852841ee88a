import { availableParallelism } from "node:os";
import pLimit from "p-limit";
import type { RevisionSettings } from "#schemas/types.ts";
import type { WorkerPool } from "../agent/worker-pool.ts";
import { parseBundle } from "./bundle-format.ts";
import type { CodeSupply } from "./code-supply.ts";
import { LiveInstance } from "./live-instance.ts";
import { readSecrets } from "./read-secrets.ts";
import type { InstanceIdentity } from "./script-instance.ts";

// Compiling and warming up take a core each; a few more let a script that waits in its warm-up hold nobody up.
const AT_ONCE_MAX = availableParallelism() + 2;

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
  readonly secretsFolder: string | null;
  readonly bundles: BundleSource;
  readonly codes: CodeSupply;
  readonly pool: WorkerPool;
  readonly nowMs: () => number;
  readonly onProblem: (code: string, message: string) => void;
}

/** Makes a digest into an instance that has done its warm-up in every worker. */
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
    return this.#limit(async () => this.#start(identity, fetched.text, settings, signal, onWarming));
  }

  async retire(live: LiveInstance, drainMs: number): Promise<void> {
    await this.#deps.pool.retire(live.number, drainMs);
  }

  async #start(
    { script, version, role, digest }: InstanceIdentity,
    text: string,
    settings: RevisionSettings,
    signal: AbortSignal,
    onWarming: () => void,
  ): Promise<ProvisionResult> {
    if (signal.aborted) return failed("transient", "superseded", "a newer document came");
    const { nowMs, secretsFolder, pool } = this.#deps;
    const { secrets, missing } = await readSecrets(secretsFolder, script, settings.secrets);
    if (missing.length > 0) {
      this.#deps.onProblem("secret_missing", `${script}: no secret ${missing.join(", ")} on this node`);
    }
    const identity = { script, version, role, digest };
    const codeCache = await this.#deps.codes.codeFor(digest, text, settings);
    const material = { identity, text, secrets, codeCache };
    const { number, outcome } = await pool.provision(material, settings, signal, onWarming);
    if (!outcome.ok) return failed(outcome.kind, outcome.code, outcome.message);
    return { ok: true, live: new LiveInstance(number, identity, settings, nowMs(), outcome.warmupMs) };
  }
}

function failed(kind: ProvisionFailure["kind"], code: string, message: string): ProvisionResult {
  return { ok: false, failure: { kind, code, message } };
}

import { createHmac, createPublicKey, randomUUID, type KeyObject } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { Server } from "node:http";
import type { Logger } from "pino";
import type { NodeReport } from "#schemas/types.ts";
import type { NodeConfig } from "./config.ts";
import { errorMessage } from "./error-text.ts";
import { buildWorker, type WorkerProgram } from "./agent/build-worker.ts";
import { ConductBook } from "./agent/conduct-book.ts";
import { ConnectionKeeper } from "./agent/connection-keeper.ts";
import { WORKER_FLAGS } from "./agent/worker-process.ts";
import type { InstanceMaterial } from "./agent/instance-material.ts";
import { WorkerPool } from "./agent/worker-pool.ts";
import { createAdminServer, type NodeReadiness } from "./gateway/admin-server.ts";
import { listen, urlOf } from "./gateway/listen.ts";
import type { EgressTarget } from "./isolates/egress-policy.ts";
import { ExpiryWatch } from "./isolates/expiry-watch.ts";
import { findDeniedTargets } from "./isolates/find-denied-targets.ts";
import { InstanceFleet, type ServingDigest } from "./isolates/fleet.ts";
import { resolveByDns } from "./isolates/host-fetch.ts";
import { parseBundle } from "./isolates/bundle-format.ts";
import { CodeCache } from "./isolates/code-cache.ts";
import { CodeSupply } from "./isolates/code-supply.ts";
import { Compiler } from "./isolates/compiler.ts";
import { ISOLATE_FLAGS } from "./isolates/isolate-flags.ts";
import { Provisioner } from "./isolates/provisioner.ts";
import { readSecrets } from "./isolates/read-secrets.ts";
import type { InstanceIdentity } from "./isolates/script-instance.ts";
import { NodeMetrics } from "./metrics/node-metrics.ts";
import { BundleStore } from "./sync/bundle-store.ts";
import { ControlPlaneClient, type Registration } from "./sync/control-plane-client.ts";
import { DocumentSync } from "./sync/document-sync.ts";
import { LatestWrite } from "./sync/latest-write.ts";
import { ProblemLog } from "./sync/problem-log.ts";
import { Registrar } from "./sync/registrar.ts";
import { Reporter } from "./sync/reporter.ts";
import { readPublicKey } from "./sync/signatures.ts";
import { StateFolder } from "./sync/state-folder.ts";
import { watchAnnouncements } from "./sync/watch-announcements.ts";

const DRAIN_MS_MAX = 3000;
const LAST_REPORT_MS_MAX = 400;
const INSTANCES_REPORTED_MAX = 100_000;
// Until the control plane has said otherwise.
const REPORT_EVERY_MS = 5000;
const POLL_EVERY_MS = 30_000;

// What was just saved or rolled out comes first; compiled code is for the next time.
const COMPILE_AFTER_MS = 1000;
const CODE_BYTES_MAX = 512 * 1024 * 1024;

export interface NodeDeps {
  readonly logger: Logger;
  readonly nowMs: () => number;
  readonly random: () => number;
}

/** What a node finds on its disk when it starts. */
interface Kept {
  readonly state: StateFolder;
  readonly key: KeyObject;
  readonly trustedKeys: readonly KeyObject[];
  readonly slot: number | null;
  readonly serving: readonly ServingDigest[];
  readonly program: WorkerProgram;
  readonly codeCache: CodeCache;
}

/** A runtime node's agent: through its workers it serves what its region's document names, whether or not the control plane can be reached. */
export class RuntimeNode {
  readonly #config: NodeConfig;
  readonly #deps: NodeDeps;
  readonly #kept: Kept;
  readonly #bootId = randomUUID();
  readonly #stopping = new AbortController();
  readonly #problems = new ProblemLog();
  readonly #client: ControlPlaneClient;
  readonly #bundles: BundleStore;
  readonly #fleet: InstanceFleet;
  readonly #documents: DocumentSync;
  readonly #registrar: Registrar;
  readonly #reporter: Reporter;
  readonly #keeper = new ConnectionKeeper();
  readonly #codes: CodeSupply;
  readonly #pool: WorkerPool;
  readonly #conduct: ConductBook;
  readonly #admin: Server;
  readonly #metrics: NodeMetrics;
  readonly #expiries: ExpiryWatch;
  readonly #servingFile: LatestWrite<readonly ServingDigest[]>;
  #trustedKeys: readonly KeyObject[];
  #slot: number | null;
  #registration: Registration | null = null;
  #deniedTargets: readonly EgressTarget[] = [];
  #isDraining = false;

  private constructor(config: NodeConfig, deps: NodeDeps, kept: Kept) {
    this.#config = config;
    this.#deps = deps;
    this.#kept = kept;
    this.#trustedKeys = kept.trustedKeys;
    this.#slot = kept.slot;
    this.#client = new ControlPlaneClient(config.controlPlaneUrl, async () =>
      (await readFile(config.registrationTokenFile, "utf8")).trim(),
    );
    this.#bundles = new BundleStore({
      folder: kept.state.bundlesFolder,
      client: this.#client,
      trustedKeys: () => this.#trustedKeys,
      onProblem: this.#onProblem,
    });
    this.#codes = new CodeSupply({
      cache: kept.codeCache,
      compiler: new Compiler(WORKER_FLAGS),
      compileAfterMs: COMPILE_AFTER_MS,
    });
    this.#conduct = new ConductBook(deps.nowMs);
    this.#pool = this.#makePool();
    this.#fleet = this.#makeFleet();
    this.#documents = this.#makeDocumentSync();
    this.#registrar = this.#makeRegistrar();
    this.#reporter = this.#makeReporter();
    this.#expiries = new ExpiryWatch({
      nowMs: deps.nowMs,
      onExpired: () => {
        this.#applyDocument();
      },
    });
    this.#metrics = new NodeMetrics({
      region: config.region,
      node: config.node,
      liveInstances: () => this.#fleet.liveInstances(),
      documentGeneration: () => this.#documents.inForce?.document.generation ?? 0,
      refresh: async () => this.#pool.askSnapshots(),
    });
    this.#admin = createAdminServer({ metrics: this.#metrics, readiness: () => this.#readiness() });
    this.#servingFile = new LatestWrite(async (serving) => this.#keepServing(serving));
  }

  /** Listens at once, serves what is on disk as soon as it is loaded, and follows the control plane from then on. */
  static async start(config: NodeConfig, deps: NodeDeps): Promise<RuntimeNode> {
    const state = await StateFolder.open(config.home);
    const node = new RuntimeNode(config, deps, {
      state,
      key: await state.nodeKey(),
      trustedKeys: await state.trustedKeys(),
      slot: await state.slot(),
      serving: await state.serving(),
      program: await buildWorker(state.runFolder),
      codeCache: await openCodeCache(state, await state.nodeKey(), deps),
    });
    await listen(node.#keeper.server, config.gatewayPort, config.host);
    await listen(node.#admin, config.adminPort, config.host);
    node.#deniedTargets = await findDeniedTargets(
      [config.controlPlaneUrl, node.adminUrl, node.gatewayUrl],
      resolveByDns,
    );
    node.#pool.setTrustedKeys(node.#trustedKeysPem());
    node.#tellEgress();
    await node.#documents.loadFromDisk();
    node.#follow();
    return node;
  }

  get gatewayUrl(): string {
    return urlOf(this.#keeper.server, this.#config.host);
  }

  get adminUrl(): string {
    return urlOf(this.#admin, this.#config.host);
  }

  /** Refuses new requests, lets those in flight end (at most 3 s), and lets go of everything. */
  async stop(): Promise<void> {
    this.#isDraining = true;
    const lastReport =
      this.#registration === null ? null : this.#reporter.send(AbortSignal.timeout(LAST_REPORT_MS_MAX));
    this.#keeper.stop();
    this.#expiries.stop();
    await Promise.all([lastReport, this.#pool.stop(DRAIN_MS_MAX)]);
    this.#stopping.abort();
    await this.#codes.dispose();
    this.#fleet.dispose();
    this.#admin.closeAllConnections();
    this.#admin.close();
    await this.#servingFile.settled();
  }

  #follow(): void {
    const { signal } = this.#stopping;
    const { logger, random } = this.#deps;
    const loops = {
      registration: this.#registrar.run(signal),
      documents: this.#documents.run(signal),
      reports: this.#reporter.run(signal),
      announcements: watchAnnouncements(
        this.#client,
        this.#config.region,
        random,
        (etag) => {
          this.#documents.announce(etag);
        },
        signal,
      ),
    };
    for (const [name, loop] of Object.entries(loops)) {
      loop.catch((error: unknown) => {
        // A loop ends only by a bug. Without it the node would look alive and follow nothing, so its supervisor starts it anew.
        logger.fatal({ err: error, loop: name }, "a loop of the node ended");
        process.exit(1);
      });
    }
  }

  #makePool(): WorkerPool {
    const { node, region, logLevel, workers, workerMemoryMb } = this.#config;
    const { program, state } = this.#kept;
    const { prelude, preludeModules } = program;
    return new WorkerPool({
      workers,
      program,
      setup: { node, region, logLevel, prelude, preludeModules },
      conduct: this.#conduct,
      nowMs: this.#deps.nowMs,
      onChange: this.#onChange,
      folder: state.runFolder,
      rssMbMax: workerMemoryMb,
      keeper: this.#keeper,
      logger: this.#deps.logger,
      readMaterial: async (identity) => this.#readMaterial(identity),
      onSnapshot: (worker, snapshot) => {
        const live = this.#fleet.byNumber(snapshot.instance);
        if (live === null) return;
        live.tell(worker, snapshot, this.#deps.nowMs());
        this.#metrics.absorb(live, snapshot.delta, this.#deps.nowMs());
      },
      onWorkerGone: (worker) => {
        for (const live of this.#fleet.liveInstances()) live.forget(worker);
      },
      onProblem: this.#onProblem,
    });
  }

  async #readMaterial(identity: InstanceIdentity): Promise<InstanceMaterial | null> {
    const fetched = await this.#bundles.get(identity.digest, this.#stopping.signal);
    if (!fetched.ok) return null;
    const parsed = parseBundle(fetched.text);
    if (!parsed.ok) return null;
    const names = parsed.bundle.settings.secrets;
    const { secrets } = await readSecrets(this.#config.secretsFolder, identity.script, names);
    const codeCache = await this.#codes.codeFor(identity.digest, fetched.text, parsed.bundle.settings);
    return { identity, text: fetched.text, secrets, codeCache };
  }

  #tellEgress(): void {
    this.#pool.setEgress(this.#documents.inForce?.document.egressAllow ?? [], this.#deniedTargets);
  }

  #trustedKeysPem(): string[] {
    return this.#trustedKeys.map((key) => key.export({ type: "spki", format: "pem" }).toString());
  }

  #makeFleet(): InstanceFleet {
    const { logger, nowMs, random } = this.#deps;
    const provisioner = new Provisioner({
      secretsFolder: this.#config.secretsFolder,
      nowMs,
      bundles: this.#bundles,
      codes: this.#codes,
      pool: this.#pool,
      onProblem: this.#onProblem,
    });
    return new InstanceFleet({
      provisioner,
      nowMs,
      random,
      bundles: this.#bundles,
      fallbacks: this.#kept.serving,
      onChange: this.#onChange,
      onProblem: this.#onProblem,
      onProvisioned: (identity, durationMs, warmupMs) => {
        this.#metrics.recordProvision(durationMs);
        logger.info({ ...identity, durationMs, warmupMs }, "a revision serves");
      },
      onRetired: (identity) => {
        this.#metrics.forget(identity);
      },
      onRoutes: async (routes) => this.#pool.activate(routes, this.#documents.inForce !== null),
      standingOf: ({ identity }) => this.#conduct.standingOf(identity),
      onServingChanged: (serving) => {
        this.#servingFile.write(serving);
      },
    });
  }

  #makeDocumentSync(): DocumentSync {
    const { region, removePctMax } = this.#config;
    return new DocumentSync({
      region,
      removePctMax,
      client: this.#client,
      state: this.#kept.state,
      trustedKeys: () => this.#trustedKeys,
      pollEveryMs: () => this.#registration?.pollEveryMs ?? POLL_EVERY_MS,
      random: this.#deps.random,
      onAccepted: () => {
        this.#applyDocument();
      },
      onChange: this.#onChange,
      onUnauthorized: this.#onUnauthorized,
      onProblem: this.#onProblem,
    });
  }

  #makeRegistrar(): Registrar {
    const publicKey = createPublicKey(this.#kept.key).export({ type: "spki", format: "pem" }).toString();
    const { node, region } = this.#config;
    return new Registrar({
      client: this.#client,
      makeRequest: () => {
        const { gatewayUrl, adminUrl } = this;
        return { node, region, publicKey, claimedSlot: this.#slot, gatewayUrl, adminUrl };
      },
      onRegistered: async (registration) => this.#onRegistered(registration),
      onProblem: this.#onProblem,
      random: this.#deps.random,
    });
  }

  #makeReporter(): Reporter {
    return new Reporter({
      node: this.#config.node,
      key: this.#kept.key,
      client: this.#client,
      makeReport: (sequence) => this.#report(sequence),
      reportEveryMs: () => this.#registration?.reportEveryMs ?? REPORT_EVERY_MS,
      isRegistered: () => this.#registration !== null,
      random: this.#deps.random,
      onDelivered: () => {
        this.#registrar.confirm();
      },
      onUnauthorized: this.#onUnauthorized,
    });
  }

  async #onRegistered(registration: Registration): Promise<void> {
    const key = readPublicKey(registration.signingKey);
    if (key === null) {
      this.#onProblem("signing_key_unreadable", "the control plane's key is no ed25519 key");
      return;
    }
    const [newest] = this.#trustedKeys;
    const isKnown = newest?.equals(key) === true;
    if (newest !== undefined && !isKnown)
      this.#onProblem("signing_key_changed", "the control plane has a new key");
    this.#registration = registration;
    this.#trustedKeys = isKnown ? this.#trustedKeys : [key, ...this.#trustedKeys];
    if (!isKnown) this.#pool.setTrustedKeys(this.#trustedKeysPem());
    const isNewSlot = registration.slot !== this.#slot;
    this.#slot = registration.slot;
    try {
      if (!isKnown) await this.#kept.state.saveTrustedKeys(this.#trustedKeys);
      if (isNewSlot) await this.#kept.state.saveSlot(registration.slot);
    } catch (error) {
      this.#onProblem("disk_write_failed", `keeping the registration: ${errorMessage(error)}`);
    }
    if (isNewSlot) this.#applyDocument();
    this.#documents.announce(null);
    this.#onChange();
  }

  #applyDocument(): void {
    const { inForce } = this.#documents;
    if (inForce === null || this.#slot === null) return;
    const { epoch, generation } = inForce.document;
    this.#deps.logger.info({ epoch, generation, source: inForce.source }, "a document is in force");
    this.#tellEgress();
    this.#metrics.follow(inForce.document);
    this.#fleet.apply(inForce.document, this.#slot);
    this.#expiries.follow(inForce.document);
    this.#onChange();
  }

  async #keepServing(serving: readonly ServingDigest[]): Promise<void> {
    const named = this.#documents.inForce?.document.scripts.flatMap(({ instances }) => instances) ?? [];
    try {
      await this.#kept.state.saveServing(serving);
      await this.#bundles.prune(new Set([...named, ...serving].map(({ digest }) => digest)));
    } catch (error) {
      this.#onProblem("disk_write_failed", `keeping what serves: ${errorMessage(error)}`);
    }
  }

  #readiness(): NodeReadiness {
    const { serving, failed, waiting } = this.#fleet.readiness();
    const reasons: string[] = [];
    if (this.#isDraining) reasons.push("the node is draining");
    if (this.#documents.inForce === null) reasons.push("no document is in force");
    else if (this.#slot === null) reasons.push("the node has no slot yet");
    if (waiting.length > 0) reasons.push(`still provisioning: ${waiting.slice(0, 20).join(", ")}`);
    if (serving.length === 0 && failed.length > 0) reasons.push("no instance serves");
    return { isReady: reasons.length === 0, reasons, failed };
  }

  #report(sequence: number): NodeReport {
    const { node, region } = this.#config;
    const nowMs = this.#deps.nowMs();
    const { inForce } = this.#documents;
    const running = this.#readiness().isReady ? "ready" : "starting";
    return {
      schema: 1,
      node,
      region,
      bootId: this.#bootId,
      sequence,
      reportedAt: new Date(nowMs).toISOString(),
      state: this.#isDraining ? "draining" : running,
      document:
        inForce === null
          ? null
          : {
              epoch: inForce.document.epoch,
              generation: inForce.document.generation,
              etag: inForce.etag,
              source: inForce.source,
            },
      workers: this.#pool.report(),
      instances: this.#fleet.reports(nowMs).slice(0, INSTANCES_REPORTED_MAX),
      metrics: this.#metrics.reports(nowMs),
      problems: this.#problems.list(),
    };
  }

  readonly #onChange = (): void => {
    this.#reporter.wake();
  };

  readonly #onUnauthorized = (): void => {
    this.#registrar.registerAgain();
  };

  readonly #onProblem = (code: string, message: string): void => {
    const isNew = this.#problems.add(code, message, this.#deps.nowMs());
    if (!isNew) return;
    this.#deps.logger.warn({ code }, message);
    this.#onChange();
  };
}

/** What this node compiled before. The seal is of its own key, so that nobody else's code is ever run. */
async function openCodeCache(
  state: StateFolder,
  key: KeyObject,
  { logger, nowMs }: NodeDeps,
): Promise<CodeCache> {
  const secret = key.export({ type: "pkcs8", format: "der" });
  const deps = {
    folder: state.codeFolder,
    sealKey: createHmac("sha256", secret).update("showrunner-code-cache-v1").digest(),
    flags: [...WORKER_FLAGS, ...ISOLATE_FLAGS],
    bytesMax: CODE_BYTES_MAX,
    onProblem: (code: string, message: string) => {
      logger.warn({ code }, message);
    },
  };
  return CodeCache.open(deps, nowMs);
}

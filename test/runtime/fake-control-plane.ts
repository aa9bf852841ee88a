import { createHash, createPublicKey, generateKeyPairSync, sign, verify, type KeyObject } from "node:crypto";
import { EventEmitter, once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type {
  InstanceReport,
  NodeReport,
  RegionDocument,
  RegionScript,
  RevisionSettings,
} from "#schemas/types.ts";

const TOKEN = "token-of-the-region";

type SettingsInput = Partial<Omit<RevisionSettings, "limits">> & {
  limits?: Partial<RevisionSettings["limits"]>;
};

/** How often a node is to report and to look for a document. */
export interface Pace {
  readonly reportEveryMs: number;
  readonly pollEveryMs: number;
}

const OFTEN: Pace = { reportEveryMs: 500, pollEveryMs: 1000 };

/** The control plane's half of docs/node-protocol.md, small, with real keys and a real event stream. */
export class FakeControlPlane {
  readonly #pace: Pace;
  readonly reports: NodeReport[] = [];
  readonly registrations: { node: string; claimedSlot: number | null }[] = [];
  /** Answered instead of the real thing while set. */
  bundleStatus: number | null = null;
  /** Held back while set, to catch a node in the middle of a fetch. */
  bundleGate: Promise<void> | null = null;
  slot = 0;
  #keys = generateKeyPairSync("ed25519");
  readonly #bundles = new Map<string, { bytes: Buffer; signature: string }>();
  readonly #nodeKeys = new Map<string, KeyObject>();
  readonly #streams = new Set<ServerResponse>();
  readonly #events = new EventEmitter();
  readonly #region: string;
  #document: { bytes: Buffer; signature: string; etag: string; generation: number } | null = null;
  #generation = 0;
  #server: Server;
  #port = 0;

  constructor(region = "eu-west-1", pace: Pace = OFTEN) {
    this.#region = region;
    this.#pace = pace;
    this.#server = this.#makeServer();
    this.#events.setMaxListeners(100);
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get token(): string {
    return TOKEN;
  }

  get generation(): number {
    return this.#generation;
  }

  /** Starts, or starts again on the same port. */
  async start(): Promise<void> {
    if (this.#server.listening) return;
    this.#server = this.#makeServer();
    this.#server.listen(this.#port, "127.0.0.1");
    await once(this.#server, "listening");
    const address = this.#server.address();
    if (address !== null && typeof address === "object") this.#port = address.port;
  }

  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, "close");
  }

  /** Bundles the body of a module with `export default` written as `const handler = ...`. */
  addBundle(input: SettingsInput, handler: string): string {
    const settings = fillSettings(input);
    const code = `var __showrunner_script = (() => {\n${handler}\nreturn { default: handler };\n})();\n`;
    return this.addRawBundle(`//showrunner ${JSON.stringify(settings)}\n${code}`);
  }

  addRawBundle(text: string): string {
    const bytes = Buffer.from(text);
    const digest = digestOf(bytes);
    const signature = this.#sign("showrunner-bundle-v1", Buffer.from(digest));
    this.#bundles.set(digest, { bytes, signature });
    return digest;
  }

  /** Swaps what is served under a digest, to be refused by the node. */
  tamper(digest: string, change: Partial<{ bytes: Buffer; signature: string }>): void {
    const bundle = this.#bundles.get(digest);
    if (bundle !== undefined) this.#bundles.set(digest, { ...bundle, ...change });
  }

  signatureOf(digest: string): string {
    return this.#bundles.get(digest)?.signature ?? "";
  }

  /** Publishes a signed document of the next generation, unless told otherwise. */
  publish(scripts: readonly RegionScript[], change: Partial<RegionDocument> = {}, signature?: string): void {
    this.#generation = change.generation ?? this.#generation + 1;
    const document = {
      schema: 1,
      region: this.#region,
      epoch: 1,
      generation: this.#generation,
      issuedAt: new Date().toISOString(),
      egressAllow: [],
      scripts: [...scripts],
      ...change,
    };
    const bytes = Buffer.from(JSON.stringify(document));
    const etag = `"${createHash("sha256").update(bytes).digest("hex").slice(0, 16)}"`;
    signature ??= this.#sign("showrunner-document-v1", bytes);
    this.#document = { bytes, signature, etag, generation: document.generation };
    for (const stream of this.#streams) this.#announce(stream);
  }

  /** The first report, old or new, that holds what is asked. */
  async waitForReport(what: (report: NodeReport) => boolean, timeoutMs = 15_000): Promise<NodeReport> {
    const deadline = AbortSignal.timeout(timeoutMs);
    for (;;) {
      const found = this.reports.findLast(what);
      if (found !== undefined) return found;
      await once(this.#events, "report", { signal: deadline }).catch(() => {
        throw new Error(`no such report; the last one is ${JSON.stringify(this.reports.at(-1))}`);
      });
    }
  }

  async waitForInstance(
    digest: string,
    state: InstanceReport["state"],
    timeoutMs?: number,
  ): Promise<InstanceReport> {
    const isIt = (instance: InstanceReport): boolean =>
      instance.digest === digest && instance.state === state;
    const report = await this.waitForReport(({ instances }) => instances.some(isIt), timeoutMs);
    const found = report.instances.find(isIt);
    if (found === undefined) throw new Error("the report holds no such instance");
    return found;
  }

  async waitForProblem(code: string): Promise<NodeReport> {
    return this.waitForReport(({ problems }) => problems.some((problem) => problem.code === code));
  }

  /** The header by which a client may try a revision at whatever weight. */
  override(name: string, digest: string, expiresAt: string): string {
    const payload = Buffer.from(JSON.stringify({ script: name, digest, expiresAt })).toString("base64url");
    const signature = this.#sign("showrunner-override-v1", Buffer.from(payload));
    return `${payload}.${Buffer.from(signature, "base64").toString("base64url")}`;
  }

  /** Forgets the nodes, as a lost store would. */
  forgetNodes(): void {
    this.#nodeKeys.clear();
  }

  #sign(context: string, body: Uint8Array): string {
    return sign(null, Buffer.concat([Buffer.from(`${context}\n`), body]), this.#keys.privateKey).toString(
      "base64",
    );
  }

  #makeServer(): Server {
    return createServer((request, response) => {
      void this.#serve(request, response).catch(() => response.destroy());
    });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = Buffer.concat(await request.toArray());
    const path = request.url ?? "";
    const node = /^\/api\/nodes\/([^/]+)\/reports$/.exec(path)?.[1];
    if (node !== undefined) this.#takeReport(node, request, response, body);
    else if (request.headers.authorization !== `Bearer ${TOKEN}`) response.writeHead(401).end();
    else if (path === "/api/nodes/register") this.#register(response, body);
    else if (path === `/api/regions/${this.#region}/document`) this.#sendDocument(request, response);
    else if (path === `/api/regions/${this.#region}/events`) this.#openStream(response);
    else await this.#sendBundle(path, response);
  }

  #register(response: ServerResponse, body: Buffer): void {
    const registration: { node: string; publicKey: string; claimedSlot: number | null } = JSON.parse(
      body.toString(),
    );
    const { node, publicKey, claimedSlot } = registration;
    this.registrations.push({ node, claimedSlot });
    this.#nodeKeys.set(node, createPublicKey(publicKey));
    const signingKey = this.#keys.publicKey.export({ type: "spki", format: "pem" });
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ slot: claimedSlot ?? this.slot, signingKey, ...this.#pace }));
  }

  #sendDocument(request: IncomingMessage, response: ServerResponse): void {
    if (this.#document === null) {
      response.writeHead(404).end();
      return;
    }
    const { bytes, signature, etag } = this.#document;
    const headers = { etag, "x-showrunner-signature": signature };
    if (request.headers["if-none-match"] === etag) response.writeHead(304, headers).end();
    else response.writeHead(200, headers).end(bytes);
  }

  #openStream(response: ServerResponse): void {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(": hello\n\n");
    this.#streams.add(response);
    response.on("close", () => this.#streams.delete(response));
    this.#announce(response);
  }

  #announce(stream: ServerResponse): void {
    if (this.#document === null) return;
    const { etag, generation } = this.#document;
    stream.write(`event: document\ndata: ${JSON.stringify({ etag, generation })}\n\n`);
  }

  async #sendBundle(path: string, response: ServerResponse): Promise<void> {
    await this.bundleGate;
    const bundle = this.#bundles.get(path.replace("/bundles/sha256/", "sha256:"));
    if (this.bundleStatus !== null || bundle === undefined)
      response.writeHead(this.bundleStatus ?? 404).end();
    else response.writeHead(200, { "x-showrunner-signature": bundle.signature }).end(bundle.bytes);
  }

  #takeReport(node: string, request: IncomingMessage, response: ServerResponse, body: Buffer): void {
    const key = this.#nodeKeys.get(node);
    const signature = Buffer.from(String(request.headers["x-showrunner-signature"]), "base64");
    const signed = Buffer.concat([Buffer.from("showrunner-report-v1\n"), body]);
    if (key === undefined || !verify(null, signed, key, signature)) {
      response.writeHead(401).end();
      return;
    }
    const report: NodeReport = JSON.parse(body.toString());
    this.reports.push(report);
    response.writeHead(204).end();
    this.#events.emit("report");
  }
}

function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

/** One script with one stable instance on every node. */
export function script(name: string, digest: string, version = "1", isDefault = true): RegionScript {
  return { name, version, isDefault, instances: [{ role: "stable", digest, nodesPct: 100 }] };
}

function fillSettings({ limits, ...input }: SettingsInput): RevisionSettings {
  const name = input.name ?? "hello";
  return {
    schema: 1,
    version: "1",
    route: `/${name}`,
    warmup: [],
    egress: [],
    secrets: [],
    ...input,
    name,
    limits: { memoryMb: 32, cpuMs: 500, wallMs: 1000, concurrency: 64, responseMb: 1, ...limits },
  };
}

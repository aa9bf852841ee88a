import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { digestOf } from "#adapters/bundles/digest.ts";
import { verifySignature, type Signer } from "#adapters/bundles/signing.ts";
import type { NodeReport, RegionDocument, RegionScript } from "#schemas/types.ts";
import { parseNodeReport, parseRegistration } from "../../api/node-messages.ts";

export const DEV_REGION = "dev";
const REPORT_EVERY_MS = 1000;
const POLL_EVERY_MS = 1000;
const KEEP_ALIVE_MS = 15_000;
const BODY_BYTES_MAX = 16 * 1024 * 1024;

/** A script version and the bundle that it is to run. */
export interface DevUnit {
  readonly name: string;
  readonly version: string;
  readonly isDefault: boolean;
  readonly digest: string;
}

/** The control plane's half of docs/node-protocol.md for one node, in memory. */
export class DevControlPlane {
  /** For the node alone; a guess would have to be 256 bits long. */
  readonly token = randomBytes(32).toString("hex");
  readonly #signer: Signer;
  readonly #onReport: (report: NodeReport) => void;
  readonly #server: Server;
  readonly #bundles = new Map<string, Buffer>();
  readonly #streams = new Set<ServerResponse>();
  #nodeKey: string | null = null;
  #document: { readonly bytes: Buffer; readonly etag: string; readonly generation: number } | null = null;

  constructor(signer: Signer, onReport: (report: NodeReport) => void) {
    this.#signer = signer;
    this.#onReport = onReport;
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch(() => response.destroy());
    });
    setInterval(() => {
      for (const stream of this.#streams) stream.write(":\n\n");
    }, KEEP_ALIVE_MS).unref();
  }

  /** Its URL. */
  async listen(): Promise<string> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    const address = this.#server.address();
    if (address === null || typeof address === "string")
      throw new Error("the server does not listen on a port");
    return `http://127.0.0.1:${address.port}`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  addBundle(bundle: Buffer): string {
    const digest = digestOf(bundle);
    this.#bundles.set(digest, bundle);
    return digest;
  }

  /** Makes these units what the node is to run, and forgets every bundle that none of them names. */
  publish(units: readonly DevUnit[], egressAllow: readonly string[]): void {
    const named = new Set(units.map(({ digest }) => digest));
    for (const digest of this.#bundles.keys()) if (!named.has(digest)) this.#bundles.delete(digest);
    const generation = (this.#document?.generation ?? 0) + 1;
    const document: RegionDocument = {
      schema: 1,
      region: DEV_REGION,
      epoch: 1,
      generation,
      issuedAt: new Date().toISOString(),
      egressAllow: [...egressAllow],
      scripts: units.map(toRegionScript),
    };
    const bytes = Buffer.from(JSON.stringify(document));
    this.#document = { bytes, etag: `"${generation}"`, generation };
    for (const stream of this.#streams) this.#announce(stream);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = request.url ?? "";
    const node = /^\/api\/nodes\/([^/]+)\/reports$/.exec(url)?.[1];
    if (node !== undefined) return this.#takeReport(request, response);
    if (request.headers.authorization !== `Bearer ${this.token}`) {
      response.writeHead(401).end();
      return undefined;
    }
    switch (url) {
      case "/api/nodes/register":
        return this.#register(request, response);
      case `/api/regions/${DEV_REGION}/document`:
        this.#sendDocument(request, response);
        return undefined;
      case `/api/regions/${DEV_REGION}/events`:
        this.#openStream(response);
        return undefined;
      default:
        this.#sendBundle(url, response);
        return undefined;
    }
  }

  async #register(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const registration = parseRegistration(await readBody(request));
    if (registration === null) {
      response.writeHead(400).end();
      return;
    }
    this.#nodeKey = registration.publicKey;
    const answer = {
      slot: 0,
      signingKey: this.#signer.publicKeyPem,
      reportEveryMs: REPORT_EVERY_MS,
      pollEveryMs: POLL_EVERY_MS,
    };
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
  }

  async #takeReport(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request);
    const signature = String(request.headers["x-showrunner-signature"]);
    if (this.#nodeKey === null || !verifySignature(this.#nodeKey, "showrunner-report-v1", body, signature)) {
      response.writeHead(401).end();
      return;
    }
    const report = parseNodeReport(body);
    response.writeHead(report === null ? 400 : 204).end();
    if (report !== null) this.#onReport(report);
  }

  #sendDocument(request: IncomingMessage, response: ServerResponse): void {
    if (this.#document === null) {
      response.writeHead(404).end();
      return;
    }
    const { bytes, etag } = this.#document;
    const signature = this.#signer.sign("showrunner-document-v1", bytes);
    const headers = { etag, "x-showrunner-signature": signature };
    if (request.headers["if-none-match"] === etag) response.writeHead(304, headers).end();
    else response.writeHead(200, headers).end(bytes);
  }

  #openStream(response: ServerResponse): void {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(":\n\n");
    this.#streams.add(response);
    response.on("close", () => this.#streams.delete(response));
    this.#announce(response);
  }

  #announce(stream: ServerResponse): void {
    if (this.#document === null) return;
    const { etag, generation } = this.#document;
    stream.write(`event: document\ndata: ${JSON.stringify({ etag, generation })}\n\n`);
  }

  #sendBundle(url: string, response: ServerResponse): void {
    const digest = url.replace("/bundles/sha256/", "sha256:");
    const bundle = this.#bundles.get(digest);
    if (bundle === undefined) {
      response.writeHead(404).end();
      return;
    }
    const signature = this.#signer.sign("showrunner-bundle-v1", Buffer.from(digest, "ascii"));
    response
      .writeHead(200, { "content-type": "text/javascript", "x-showrunner-signature": signature })
      .end(bundle);
  }
}

function toRegionScript({ name, version, isDefault, digest }: DevUnit): RegionScript {
  return { name, version, isDefault, instances: [{ role: "stable", digest, nodesPct: 100 }] };
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > BODY_BYTES_MAX) throw new Error("the body is too long");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

import { timingSafeEqual } from "node:crypto";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { verifySignature, type Signer } from "#adapters/bundles/signing.ts";
import { appendEvent } from "#adapters/store/events.ts";
import { findNode, recordReport, registerNode } from "#adapters/store/nodes.ts";
import { recordCellWindows } from "#adapters/store/experiments.ts";
import { recordMeasurements } from "#adapters/store/measurements.ts";
import type { Store } from "#adapters/store/open-store.ts";
import { assertNever } from "#domain/assert-never.ts";
import type { BundleStore, Clock } from "#domain/ports.ts";
import { reportWakes } from "#domain/reconcile/report-wakes.ts";
import type { Digest } from "#schemas/types.ts";
import { reportedCellWindows, reportedMeasurements } from "./reported-measurements.ts";
import { parseNodeReport, parseRegistration } from "./node-messages.ts";

const reportEveryMs = 5_000;
const pollEveryMs = 30_000;
const keepAliveMs = 15_000;
const reportBytesMax = 16 * 1024 * 1024;

export interface NodeRoutesOptions {
  readonly store: Store;
  readonly bundles: BundleStore;
  readonly signer: Signer;
  readonly clock: Clock;
  /** Registration tokens by region. */
  readonly registrationTokens: ReadonlyMap<string, string>;
}

/** What runtime nodes call; docs/node-protocol.md. */
export async function nodeRoutes(app: FastifyInstance, options: NodeRoutesOptions): Promise<void> {
  app.addContentTypeParser(
    "application/json",
    { parseAs: "buffer", bodyLimit: reportBytesMax },
    (_request, body, done) => done(null, body),
  );
  app.post("/api/nodes/register", (request, reply) => register(options, request, reply));
  app.post<{ Params: { node: string } }>("/api/nodes/:node/reports", (request, reply) =>
    receiveReport(options, request, reply),
  );
  app.get<{ Params: { region: string } }>("/api/regions/:region/document", (request, reply) =>
    sendDocument(options, request, reply),
  );
  app.get<{ Params: { region: string } }>("/api/regions/:region/events", (request, reply) =>
    announce(options, request, reply),
  );
  app.get<{ Params: { hex: string } }>("/bundles/sha256/:hex", (request, reply) =>
    sendBundle(options, request, reply),
  );
}

async function register(
  options: NodeRoutesOptions,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  const registration = parseRegistration(request.body);
  if (!registration) return problem(reply, 400, "invalid_registration", "the body is not a registration");
  if (!mayActFor(options, request, registration.region)) return unauthorized(reply);
  const { node: id, region, publicKey, gatewayUrl, adminUrl, claimedSlot } = registration;
  const nowMs = options.clock.now();
  const outcome = await registerNode(options.store.db, {
    id,
    region,
    publicKey,
    gatewayUrl,
    adminUrl,
    claimedSlot,
    nowMs,
  });
  switch (outcome.kind) {
    case "registered":
      return { slot: outcome.slot, signingKey: options.signer.publicKeyPem, reportEveryMs, pollEveryMs };
    case "nameTaken":
      return problem(reply, 409, "name_taken", `another key reports as ${id}`);
    case "regionFull":
      return problem(reply, 409, "region_full", `${region} has no free slot`);
    default:
      return assertNever(outcome);
  }
}

async function receiveReport(
  options: NodeRoutesOptions,
  request: FastifyRequest<{ Params: { node: string } }>,
  reply: FastifyReply,
): Promise<unknown> {
  const node = await findNode(options.store.db, request.params.node);
  const signature = request.headers["x-showrunner-signature"];
  const body = request.body;
  if (!node || typeof signature !== "string" || !Buffer.isBuffer(body)) return unauthorized(reply);
  if (!verifySignature(node.publicKey, "showrunner-report-v1", body, signature)) return unauthorized(reply);
  const received = parseNodeReport(body);
  if (!received || received.node !== node.id || received.region !== node.region) {
    return problem(reply, 400, "invalid_report", "the body is not a report of this node");
  }
  const receivedAtMs = options.clock.now();
  const outcome = await recordReport(options.store.db, { id: node.id, report: received, receivedAtMs });
  if (outcome === "unknownNode") return unauthorized(reply);
  if (outcome === "stale") return problem(reply, 409, "stale_report", "a later report of this boot is known");
  for (const [runId, measurements] of reportedMeasurements(node.report, received))
    await recordMeasurements(options.store.db, runId, measurements);
  for (const [experiment, windows] of reportedCellWindows(node.report, received))
    await recordCellWindows(options.store.db, experiment, windows);
  const keys = reportWakes(node.report, received);
  await options.store.queue.wake(keys);
  if (keys.length > 0 || node.report?.state !== received.state) {
    await appendEvent(options.store.db, { atMs: receivedAtMs, type: "change", data: { node: node.id } });
  }
  return reply.code(204).send();
}

async function sendDocument(
  options: NodeRoutesOptions,
  request: FastifyRequest<{ Params: { region: string } }>,
  reply: FastifyReply,
): Promise<unknown> {
  const { region } = request.params;
  if (!mayActFor(options, request, region)) return unauthorized(reply);
  const document = await options.store.records.findRegionDocument(region);
  if (!document) return problem(reply, 404, "no_document", `there is no document for ${region} yet`);
  reply.header("etag", document.etag).header("cache-control", "no-cache");
  if (request.headers["if-none-match"] === document.etag) return reply.code(304).send();
  return reply
    .header("x-showrunner-signature", document.signature)
    .type("application/json")
    .send(Buffer.from(document.bytes));
}

/** The event stream of a region: the newest document's identity on connect and at every change. */
async function announce(
  options: NodeRoutesOptions,
  request: FastifyRequest<{ Params: { region: string } }>,
  reply: FastifyReply,
): Promise<unknown> {
  const { region } = request.params;
  if (!mayActFor(options, request, region)) return unauthorized(reply);
  const { store } = options;
  reply.hijack();
  const stream = reply.raw;
  stream.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
  let lastEtag: string | null = null;
  const tell = async () => {
    const document = await store.records.findRegionDocument(region);
    if (!document || document.etag === lastEtag || stream.destroyed) return;
    lastEtag = document.etag;
    const { etag, generation } = document;
    stream.write(`event: document\ndata: ${JSON.stringify({ etag, generation })}\n\n`);
  };
  const tellOrClose = () => void tell().catch(() => stream.destroy());
  const unsubscribe = store.onChange((change) => {
    if (change.kind === "unknown" || (change.kind === "region" && change.region === region)) tellOrClose();
  });
  const keepAlive = setInterval(() => stream.write(":\n\n"), keepAliveMs);
  stream.on("close", () => {
    clearInterval(keepAlive);
    unsubscribe();
  });
  stream.write(":\n\n");
  tellOrClose();
  return reply;
}

async function sendBundle(
  options: NodeRoutesOptions,
  request: FastifyRequest<{ Params: { hex: string } }>,
  reply: FastifyReply,
): Promise<unknown> {
  if (![...options.registrationTokens.keys()].some((region) => mayActFor(options, request, region)))
    return unauthorized(reply);
  if (!/^[0-9a-f]{64}$/.test(request.params.hex))
    return problem(reply, 404, "no_bundle", "that is not a digest");
  const digest: Digest = `sha256:${request.params.hex}`;
  const bytes = await options.bundles.get(digest);
  if (!bytes) return problem(reply, 404, "no_bundle", `${digest} is not here`);
  return reply
    .header("cache-control", "public, max-age=31536000, immutable")
    .header(
      "x-showrunner-signature",
      options.signer.sign("showrunner-bundle-v1", new TextEncoder().encode(digest)),
    )
    .type("text/javascript")
    .send(Buffer.from(bytes));
}

function mayActFor(
  { registrationTokens }: Pick<NodeRoutesOptions, "registrationTokens">,
  request: FastifyRequest,
  region: string,
): boolean {
  const expected = registrationTokens.get(region);
  const given = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1];
  if (expected === undefined || given === undefined) return false;
  const [a, b] = [Buffer.from(expected), Buffer.from(given)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function unauthorized(reply: FastifyReply): unknown {
  return problem(reply, 401, "unauthorized", "the token or the signature does not hold");
}

function problem(reply: FastifyReply, status: number, code: string, message: string): unknown {
  return reply.code(status).send({ error: { code, message } });
}

import { Ajv2020 } from "ajv/dist/2020.js";
import { errorCode, errorMessage } from "../error-text.ts";

const TIMEOUT_MS = 10_000;
const DOCUMENT_BYTES_MAX = 64 * 1024 * 1024;
const BUNDLE_BYTES_MAX = 32 * 1024 * 1024;
const REPLY_BYTES_MAX = 64 * 1024;
const SIGNATURE_HEADER = "x-showrunner-signature";

export interface Registration {
  readonly slot: number;
  /** SPKI PEM. */
  readonly signingKey: string;
  readonly reportEveryMs: number;
  readonly pollEveryMs: number;
}

export interface RegistrationRequest {
  readonly node: string;
  readonly region: string;
  /** SPKI PEM. */
  readonly publicKey: string;
  readonly claimedSlot: number | null;
  readonly gatewayUrl: string;
  readonly adminUrl: string;
}

/** `status` is null when there was no answer at all. */
export type CallFailure = { readonly ok: false; readonly status: number | null; readonly message: string };

export type DocumentReply =
  | { readonly ok: true; readonly kind: "unchanged" }
  | {
      readonly ok: true;
      readonly kind: "document";
      readonly bytes: Buffer;
      readonly signature: string | null;
      readonly etag: string;
    }
  | CallFailure;

const isRegistration = new Ajv2020().compile<Registration>({
  type: "object",
  required: ["slot", "signingKey", "reportEveryMs", "pollEveryMs"],
  properties: {
    slot: { type: "number", minimum: 0, exclusiveMaximum: 100 },
    signingKey: { type: "string", maxLength: 2000 },
    reportEveryMs: { type: "integer", minimum: 10, maximum: 3_600_000 },
    pollEveryMs: { type: "integer", minimum: 10, maximum: 3_600_000 },
  },
});

/** The calls of docs/node-protocol.md. Failures are values; every call is bounded in time and size. */
export class ControlPlaneClient {
  readonly #baseUrl: string;
  readonly #readToken: () => Promise<string>;

  /** The token is read for each call, since operators may change the file. */
  constructor(baseUrl: string, readToken: () => Promise<string>) {
    this.#baseUrl = baseUrl.replace(/\/+$/, "");
    this.#readToken = readToken;
  }

  async register(
    request: RegistrationRequest,
    signal: AbortSignal,
  ): Promise<{ readonly ok: true; readonly registration: Registration } | CallFailure> {
    return this.#call("/api/nodes/register", signal, { method: "POST", json: request }, async (response) => {
      const bytes = await readBytes(response, REPLY_BYTES_MAX);
      const registration: unknown = JSON.parse(bytes.toString("utf8"));
      if (isRegistration(registration)) return { ok: true, registration };
      return { ok: false, status: response.status, message: "the registration's answer cannot be read" };
    });
  }

  async fetchDocument(region: string, etag: string | null, signal: AbortSignal): Promise<DocumentReply> {
    const headers = etag === null ? {} : { "if-none-match": etag };
    return this.#call<DocumentReply>(
      `/api/regions/${region}/document`,
      signal,
      { headers },
      async (response) => {
        if (response.status === 304) return { ok: true, kind: "unchanged" };
        return {
          ok: true,
          kind: "document",
          bytes: await readBytes(response, DOCUMENT_BYTES_MAX),
          signature: response.headers.get(SIGNATURE_HEADER),
          etag: (response.headers.get("etag") ?? "").slice(0, 200),
        };
      },
    );
  }

  async fetchBundle(
    hex: string,
    signal: AbortSignal,
  ): Promise<{ readonly ok: true; readonly bytes: Buffer; readonly signature: string | null } | CallFailure> {
    return this.#call(`/bundles/sha256/${hex}`, signal, {}, async (response) => ({
      ok: true,
      bytes: await readBytes(response, BUNDLE_BYTES_MAX),
      signature: response.headers.get(SIGNATURE_HEADER),
    }));
  }

  async sendReport(
    node: string,
    body: Buffer,
    signature: string,
    signal: AbortSignal,
  ): Promise<{ readonly ok: true } | CallFailure> {
    const headers = { "content-type": "application/json", [SIGNATURE_HEADER]: signature };
    const init = { method: "POST", body, headers };
    return this.#call(`/api/nodes/${node}/reports`, signal, init, async (response) => {
      await response.body?.cancel();
      return { ok: true };
    });
  }

  /** The open stream of announcements; the caller reads it, and ends it by its signal. */
  async openEvents(region: string, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    const response = await fetch(`${this.#baseUrl}/api/regions/${region}/events`, {
      headers: { authorization: `Bearer ${await this.#readToken()}`, accept: "text/event-stream" },
      redirect: "error",
      signal,
    });
    if (response.ok && response.body !== null) return response.body;
    await response.body?.cancel();
    throw new Error(`the event stream answered ${response.status}`);
  }

  async #call<T>(
    path: string,
    signal: AbortSignal,
    init: { method?: string; json?: unknown; body?: Buffer; headers?: Record<string, string> },
    read: (response: Response) => Promise<T>,
  ): Promise<T | CallFailure> {
    try {
      const json = init.json === undefined ? null : JSON.stringify(init.json);
      const response = await fetch(`${this.#baseUrl}${path}`, {
        method: init.method ?? "GET",
        headers: {
          authorization: `Bearer ${await this.#readToken()}`,
          ...(json === null ? {} : { "content-type": "application/json" }),
          ...init.headers,
        },
        body: json ?? (init.body === undefined ? null : new Uint8Array(init.body)),
        redirect: "error",
        signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
      });
      if (response.ok || response.status === 304) return await read(response);
      await response.body?.cancel();
      return { ok: false, status: response.status, message: `${path} answered ${response.status}` };
    } catch (error) {
      return { ok: false, status: null, message: `${path}: ${errorCode(error) ?? errorMessage(error)}` };
    }
  }
}

async function readBytes(response: Response, bytesMax: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let byteCount = 0;
  for await (const chunk of response.body ?? []) {
    byteCount += chunk.length;
    if (byteCount > bytesMax) throw new Error(`the answer is over ${bytesMax} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

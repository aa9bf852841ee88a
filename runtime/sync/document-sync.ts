import type { KeyObject } from "node:crypto";
import type { DocumentInForce, RegionDocument } from "#schemas/types.ts";
import { backoffMs } from "../backoff-ms.ts";
import { errorMessage } from "../error-text.ts";
import { checkRegionDocument } from "../schema-checks.ts";
import { acceptDocument } from "./accept-document.ts";
import type { ControlPlaneClient, DocumentReply } from "./control-plane-client.ts";
import { isSignedBy } from "./signatures.ts";
import type { StateFolder } from "./state-folder.ts";
import { Wakeup } from "./wakeup.ts";

export interface DocumentSyncDeps {
  readonly region: string;
  readonly removePctMax: number;
  readonly client: ControlPlaneClient;
  readonly state: StateFolder;
  readonly trustedKeys: () => readonly KeyObject[];
  readonly pollEveryMs: () => number;
  readonly random: () => number;
  readonly onAccepted: (document: RegionDocument) => void;
  readonly onChange: () => void;
  readonly onUnauthorized: () => void;
  readonly onProblem: (code: string, message: string) => void;
}

interface InForce {
  readonly document: RegionDocument;
  readonly etag: string;
  readonly source: DocumentInForce["source"];
}

type Look = "settled" | "tryAgain";

/** Keeps the newest document that may be trusted: from disk at the start, then from the control plane. */
export class DocumentSync {
  readonly #deps: DocumentSyncDeps;
  readonly #wakeup = new Wakeup();
  #inForce: InForce | null = null;

  constructor(deps: DocumentSyncDeps) {
    this.#deps = deps;
  }

  get inForce(): InForce | null {
    return this.#inForce;
  }

  /** Something may be new: look now. An etag that is in force already is no news. */
  announce(etag: string | null): void {
    if (etag === null || etag !== this.#inForce?.etag || this.#inForce.source === "disk") this.#wakeup.wake();
  }

  async loadFromDisk(): Promise<void> {
    const kept = await this.#deps.state.document(this.#deps.trustedKeys());
    if (kept === null) return;
    const document = this.#read(kept.bytes);
    if (document === null) return;
    this.#inForce = { document, etag: kept.etag, source: "disk" };
    this.#deps.onAccepted(document);
  }

  async run(signal: AbortSignal): Promise<void> {
    let attempts = 0;
    while (!signal.aborted) {
      const { random, pollEveryMs } = this.#deps;
      const jitter = 0.75 + random() / 2;
      await this.#wakeup.wait(attempts > 0 ? backoffMs(attempts, random()) : pollEveryMs() * jitter, signal);
      // Before the first registration there is no key to check anything by.
      if (signal.aborted || this.#deps.trustedKeys().length === 0) continue;
      const reply = await this.#deps.client.fetchDocument(
        this.#deps.region,
        this.#inForce?.etag ?? null,
        signal,
      );
      if (signal.aborted) return;
      attempts = (await this.#take(reply)) === "tryAgain" ? attempts + 1 : 0;
    }
  }

  async #take(reply: DocumentReply): Promise<Look> {
    if (!reply.ok) {
      // No document yet is an answer; its coming will be announced.
      if (reply.status === 404) return "settled";
      if (reply.status === 401) this.#deps.onUnauthorized();
      this.#deps.onProblem("document_unavailable", reply.message);
      return "tryAgain";
    }
    if (reply.kind === "unchanged") {
      if (this.#inForce?.source === "disk") {
        this.#inForce = { ...this.#inForce, source: "control-plane" };
        this.#deps.onChange();
      }
      return "settled";
    }
    const { bytes, signature, etag } = reply;
    const newestKey = this.#deps.trustedKeys().slice(0, 1);
    if (signature === null || !isSignedBy(newestKey, "showrunner-document-v1", bytes, signature)) {
      this.#deps.onProblem("document_signature", "the document's signature does not hold");
      return "settled";
    }
    const document = this.#read(bytes);
    if (document === null) return "settled";
    const { region, removePctMax } = this.#deps;
    const acceptance = acceptDocument(document, this.#inForce?.document ?? null, region, removePctMax);
    if (!acceptance.ok) {
      this.#deps.onProblem(acceptance.code, acceptance.message);
      return "settled";
    }
    await this.#keep({ bytes, signature, etag });
    this.#inForce = { document, etag, source: "control-plane" };
    this.#deps.onAccepted(document);
    return "settled";
  }

  #read(bytes: Buffer): RegionDocument | null {
    let value: unknown;
    try {
      value = JSON.parse(bytes.toString("utf8"));
    } catch {
      value = null;
    }
    const checked = checkRegionDocument(value);
    if (checked.ok) return checked.value;
    this.#deps.onProblem("document_invalid", checked.message);
    return null;
  }

  async #keep(signed: Parameters<StateFolder["saveDocument"]>[0]): Promise<void> {
    try {
      await this.#deps.state.saveDocument(signed);
    } catch (error) {
      this.#deps.onProblem("disk_write_failed", `keeping the document: ${errorMessage(error)}`);
    }
  }
}

import { createHash, createPrivateKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { asRecord } from "../as-record.ts";
import type { ServingDigest } from "../isolates/fleet.ts";
import { isSignedBy, readPublicKey } from "./signatures.ts";
import { writeFileWhole } from "./write-file-whole.ts";

const SIGNATURES_KEPT = 2;
const TRUSTED_KEYS_KEPT = 2;
const PEM = /-----BEGIN PUBLIC KEY-----[^-]+-----END PUBLIC KEY-----/g;

/** A document as it came: the signature is over exactly these bytes. */
export interface SignedDocument {
  readonly bytes: Buffer;
  readonly signature: string;
  readonly etag: string;
}

interface SignatureRecord {
  readonly sha256: string;
  readonly signature: string;
  readonly etag: string;
}

/** What a node keeps over restarts. Every file is replaced whole; a file that cannot be read counts as absent. */
export class StateFolder {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async open(folder: string): Promise<StateFolder> {
    await mkdir(join(folder, "bundles"), { recursive: true, mode: 0o700 });
    await mkdir(join(folder, "run"), { recursive: true, mode: 0o700 });
    // What a killed process left half written.
    for (const place of [folder, join(folder, "bundles"), join(folder, "run")]) {
      for (const name of await readdir(place))
        if (name.endsWith(".tmp")) await rm(join(place, name), { force: true });
    }
    return new StateFolder(folder);
  }

  /** What the processes of one start need, and nothing after it. */
  get runFolder(): string {
    return join(this.#folder, "run");
  }

  get codeFolder(): string {
    return join(this.#folder, "code");
  }

  get bundlesFolder(): string {
    return join(this.#folder, "bundles");
  }

  /** The node's own private key, made on the first start. */
  async nodeKey(): Promise<KeyObject> {
    const pem = await this.#read("key.pem");
    if (pem !== null) return createPrivateKey(pem);
    const { privateKey } = generateKeyPairSync("ed25519");
    const text = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    await writeFileWhole(join(this.#folder, "key.pem"), text, 0o600);
    return privateKey;
  }

  async slot(): Promise<number | null> {
    const text = (await this.#read("slot"))?.trim() ?? "";
    const slot = Number(text);
    return text !== "" && slot >= 0 && slot < 100 ? slot : null;
  }

  async saveSlot(slot: number): Promise<void> {
    await writeFileWhole(join(this.#folder, "slot"), `${slot}\n`);
  }

  /** The control plane's keys, the newest first: what is on disk may be signed with the one before. */
  async trustedKeys(): Promise<KeyObject[]> {
    const pems = (await this.#read("control-plane.pem"))?.match(PEM) ?? [];
    return pems.map(readPublicKey).filter((key) => key !== null);
  }

  async saveTrustedKeys(keys: readonly KeyObject[]): Promise<void> {
    const pems = keys.slice(0, TRUSTED_KEYS_KEPT).map((key) => key.export({ type: "spki", format: "pem" }));
    await writeFileWhole(join(this.#folder, "control-plane.pem"), pems.join(""));
  }

  /** The last document taken, if its signature holds. */
  async document(keys: readonly KeyObject[]): Promise<SignedDocument | null> {
    const bytes = await readFile(join(this.#folder, "document.json")).catch(() => null);
    if (bytes === null) return null;
    const digest = sha256(bytes);
    const record = (await this.#signatures()).find((signed) => signed.sha256 === digest);
    if (record === undefined) return null;
    const holds = isSignedBy(keys, "showrunner-document-v1", bytes, record.signature);
    return holds ? { bytes, signature: record.signature, etag: record.etag } : null;
  }

  async saveDocument({ bytes, signature, etag }: SignedDocument): Promise<void> {
    // Two files cannot be replaced at once. So the signatures of both documents are there before the document
    // changes, and a process killed in between finds a matching pair either way.
    const record: SignatureRecord = { sha256: sha256(bytes), signature, etag };
    const others = (await this.#signatures()).filter((signed) => signed.sha256 !== record.sha256);
    const current = await readFile(join(this.#folder, "document.json")).then(sha256, () => null);
    const kept = [record, ...others.filter((signed) => signed.sha256 === current)].slice(0, SIGNATURES_KEPT);
    await writeFileWhole(join(this.#folder, "document.sig"), JSON.stringify(kept));
    await writeFileWhole(join(this.#folder, "document.json"), bytes);
  }

  /** What served when the process last switched a route. */
  async serving(): Promise<ServingDigest[]> {
    const value = parseJson(await this.#read("serving.json"));
    return Array.isArray(value) ? value.filter(isServingDigest) : [];
  }

  async saveServing(serving: readonly ServingDigest[]): Promise<void> {
    await writeFileWhole(join(this.#folder, "serving.json"), JSON.stringify(serving));
  }

  async #signatures(): Promise<SignatureRecord[]> {
    const value = parseJson(await this.#read("document.sig"));
    return Array.isArray(value) ? value.filter(isSignatureRecord) : [];
  }

  async #read(name: string): Promise<string | null> {
    return readFile(join(this.#folder, name), "utf8").catch(() => null);
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function parseJson(text: string | null): unknown {
  try {
    return text === null ? null : JSON.parse(text);
  } catch {
    return null;
  }
}

function isSignatureRecord(value: unknown): value is SignatureRecord {
  return hasStrings(value, ["sha256", "signature", "etag"]);
}

function isServingDigest(value: unknown): value is ServingDigest {
  return hasStrings(value, ["script", "version", "role", "digest"]);
}

function hasStrings(value: unknown, names: readonly string[]): boolean {
  const fields = asRecord(value);
  return fields !== null && names.every((name) => typeof fields[name] === "string");
}

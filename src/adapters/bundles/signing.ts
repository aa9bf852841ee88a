import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomUUID,
  sign,
  verify,
} from "node:crypto";
import type { KeyObject } from "node:crypto";
import { link, mkdir, open, readFile, rm } from "node:fs/promises";
import path from "node:path";
import { errorCode } from "./error-code.ts";

/** The control plane's ed25519 key. What `sign` answers is base64 of the raw 64 bytes; see docs/node-protocol.md. */
export interface Signer {
  /** SPKI. */
  readonly publicKeyPem: string;
  sign(context: string, bytes: Uint8Array): string;
}

export interface SignerOptions {
  /** PKCS #8 PEM, or the path of a file that holds it; null to use the key kept in `dir`. */
  readonly key: string | null;
  /** Where `signing.pem` (mode 0600) is kept, and made the first time, when no key is given. */
  readonly dir: string;
}

/** Throws when the key given is not ed25519 or cannot be read. */
export async function loadSigner({ key, dir }: SignerOptions): Promise<Signer> {
  const privateKey = createPrivateKey(key === null ? await keptKey(dir) : await givenKey(key));
  if (privateKey.asymmetricKeyType !== "ed25519") {
    throw new Error(`The signing key must be ed25519, not ${privateKey.asymmetricKeyType ?? "unknown"}.`);
  }
  return {
    publicKeyPem: pemOf(createPublicKey(privateKey)),
    sign: (context, bytes) => sign(null, signedBytes(context, bytes), privateKey).toString("base64"),
  };
}

/** Whether `signature` (base64) is this key's, for this purpose, over exactly these bytes. Never throws on bad input. */
export function verifySignature(
  publicKeyPem: string,
  context: string,
  bytes: Uint8Array,
  signature: string,
): boolean {
  try {
    const publicKey = createPublicKey(publicKeyPem);
    const raw = Buffer.from(signature, "base64");
    if (publicKey.asymmetricKeyType !== "ed25519" || raw.length !== 64) return false;
    return verify(null, signedBytes(context, bytes), publicKey, raw);
  } catch {
    return false;
  }
}

/** The context line keeps a signature for one purpose from being worth anything for another. */
function signedBytes(context: string, bytes: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`${context}\n`, "ascii"), bytes]);
}

async function givenKey(key: string): Promise<string> {
  return key.includes("-----BEGIN") ? key : readFile(key, "utf8");
}

async function keptKey(dir: string): Promise<string> {
  const file = path.join(dir, "signing.pem");
  const kept = await readFile(file, "utf8").catch((error: unknown) => {
    // A key that is there but cannot be read must not be replaced by a new one.
    if (errorCode(error) === "ENOENT") return null;
    throw error;
  });
  if (kept !== null) return kept;
  await mkdir(dir, { recursive: true });
  const { privateKey } = generateKeyPairSync("ed25519");
  const temporary = path.join(dir, `.${randomUUID()}.tmp`);
  const handle = await open(temporary, "wx", 0o600);
  try {
    await handle.writeFile(privateKey.export({ type: "pkcs8", format: "pem" }));
    await handle.sync();
  } finally {
    await handle.close();
  }
  try {
    // A link fails when the name is taken, so of two processes that start at once both use the first one's key.
    await link(temporary, file);
  } catch (error) {
    if (errorCode(error) !== "EEXIST") throw error;
  } finally {
    await rm(temporary, { force: true });
  }
  return readFile(file, "utf8");
}

function pemOf(publicKey: KeyObject): string {
  return publicKey.export({ type: "spki", format: "pem" }).toString();
}

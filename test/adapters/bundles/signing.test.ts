import { createPublicKey, generateKeyPairSync, verify } from "node:crypto";
import { readFile, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, describe, expect, it } from "@jest/globals";
import { loadSigner, verifySignature } from "#adapters/bundles/signing.ts";
import { createTemporary } from "./build-in.ts";

const temporary = createTemporary();
afterAll(() => temporary.clear());

const bytes = Buffer.from("sha256:aa");

describe("the signing key", () => {
  it("is made once, readable by its owner only, and kept", async () => {
    const dir = path.join(await temporary.folder(), "keys");
    const signers = await Promise.all([1, 2, 3].map(() => loadSigner({ key: null, dir })));
    const later = await loadSigner({ key: null, dir });
    expect(new Set([...signers, later].map(({ publicKeyPem }) => publicKeyPem)).size).toBe(1);
    expect((await stat(path.join(dir, "signing.pem"))).mode & 0o777).toBe(0o600);
  });

  it("may be given as PEM or as a path, and then nothing is made", async () => {
    const dir = await temporary.folder();
    const pem = generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    const file = path.join(dir, "own.pem");
    await writeFile(file, pem);
    const [fromText, fromFile] = await Promise.all([pem, file].map((key) => loadSigner({ key, dir })));
    expect(fromText?.publicKeyPem).toBe(fromFile?.publicKeyPem);
    await expect(readFile(path.join(dir, "signing.pem"))).rejects.toThrow("ENOENT");
  });

  it("must be ed25519", async () => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const key = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    await expect(loadSigner({ key, dir: "unused" })).rejects.toThrow("must be ed25519, not ec");
  });
});

describe("a signature", () => {
  it("covers the context line, a line feed and the raw bytes", async () => {
    const signer = await loadSigner({ key: null, dir: await temporary.folder() });
    const signature = Buffer.from(signer.sign("showrunner-bundle-v1", bytes), "base64");
    const signed = Buffer.from("showrunner-bundle-v1\nsha256:aa");
    expect(signature).toHaveLength(64);
    expect(verify(null, signed, createPublicKey(signer.publicKeyPem), signature)).toBe(true);
  });

  it("holds for its own key, purpose and bytes only", async () => {
    const signer = await loadSigner({ key: null, dir: await temporary.folder() });
    const other = await loadSigner({ key: null, dir: await temporary.folder() });
    const signature = signer.sign("showrunner-bundle-v1", bytes);
    expect(verifySignature(signer.publicKeyPem, "showrunner-bundle-v1", bytes, signature)).toBe(true);
    expect(verifySignature(other.publicKeyPem, "showrunner-bundle-v1", bytes, signature)).toBe(false);
    expect(verifySignature(signer.publicKeyPem, "showrunner-document-v1", bytes, signature)).toBe(false);
    expect(
      verifySignature(signer.publicKeyPem, "showrunner-bundle-v1", Buffer.from("sha256:ab"), signature),
    ).toBe(false);
    expect(verifySignature(signer.publicKeyPem, "showrunner-bundle-v1", bytes, "")).toBe(false);
    expect(verifySignature("not a key", "showrunner-bundle-v1", bytes, signature)).toBe(false);
  });
});

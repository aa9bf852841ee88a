import { generateKeyPairSync } from "node:crypto";
import { copyFile, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { signBytes } from "#runtime/sync/signatures.ts";
import { StateFolder, type SignedDocument } from "#runtime/sync/state-folder.ts";

const { privateKey, publicKey } = generateKeyPairSync("ed25519");
let folder: string;
let state: StateFolder;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "showrunner-state-"));
  state = await StateFolder.open(folder);
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

function signed(text: string): SignedDocument {
  const bytes = Buffer.from(text);
  return { bytes, signature: signBytes(privateKey, "showrunner-document-v1", bytes), etag: `"${text}"` };
}

describe("a state folder", () => {
  it("gives back the document it took", async () => {
    await state.saveDocument(signed("one"));
    await state.saveDocument(signed("two"));
    expect(await state.document([publicKey])).toEqual(signed("two"));
  });

  it("still holds the old document when the process died between its two files", async () => {
    await state.saveDocument(signed("one"));
    await copyFile(join(folder, "document.json"), join(folder, "before"));
    await state.saveDocument(signed("two"));
    await copyFile(join(folder, "before"), join(folder, "document.json"));
    expect(await state.document([publicKey])).toEqual(signed("one"));
  });

  it("holds no document whose bytes were changed", async () => {
    await state.saveDocument(signed("one"));
    await writeFile(join(folder, "document.json"), "other");
    expect(await state.document([publicKey])).toBeNull();
  });

  it("trusts what the key before signed", async () => {
    const other = generateKeyPairSync("ed25519").publicKey;
    await state.saveTrustedKeys([other, publicKey]);
    await state.saveDocument(signed("one"));
    expect(await state.document(await state.trustedKeys())).toEqual(signed("one"));
  });

  it("makes one key, for the owner's eyes only", async () => {
    const key = await state.nodeKey();
    expect((await state.nodeKey()).equals(key)).toBe(true);
    expect((await stat(join(folder, "key.pem"))).mode & 0o777).toBe(0o600);
  });

  it("takes files that make no sense for absent", async () => {
    for (const name of ["document.json", "document.sig", "slot", "serving.json", "control-plane.pem"]) {
      await writeFile(join(folder, name), "{ half a fi");
    }
    expect(await state.document([publicKey])).toBeNull();
    expect(await state.slot()).toBeNull();
    expect(await state.serving()).toEqual([]);
    expect(await state.trustedKeys()).toEqual([]);
  });
});

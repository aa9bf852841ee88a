import { generateKeyPairSync, sign } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import { OverrideReader } from "#runtime/gateway/override-header.ts";

const NOW_MS = Date.parse("2026-01-01T00:00:00Z");
const keys = generateKeyPairSync("ed25519");
const override = { script: "artwork", digest: `sha256:${"a".repeat(64)}`, expiresAt: "2026-01-01T01:00:00Z" };

function headerOf(value: unknown, context = "showrunner-override-v1", key = keys.privateKey): string {
  const payload = Buffer.from(JSON.stringify(value)).toString("base64url");
  const signature = sign(null, Buffer.from(`${context}\n${payload}`), key).toString("base64url");
  return `${payload}.${signature}`;
}

function read(header: string | string[] | undefined, script = "artwork", nowMs = NOW_MS): string {
  const reading = new OverrideReader(() => [keys.publicKey]).read(header, script, nowMs);
  return reading.kind === "valid" ? reading.override.digest : reading.kind;
}

describe("OverrideReader", () => {
  it("gives the digest that the control plane signed", () => {
    expect(read(headerOf(override))).toBe(override.digest);
  });

  it.each([
    ["no header", undefined, "artwork"],
    ["an empty header", "", "artwork"],
    ["one for another script", headerOf(override), "title-card"],
  ])("takes %s for none", (_case, header, script) => {
    expect(read(header, script)).toBe("none");
  });

  const [payload = "", signature = ""] = headerOf(override).split(".");
  const altered = Buffer.from(JSON.stringify({ ...override, script: "title-card" })).toString("base64url");
  it.each([
    ["another key", headerOf(override, undefined, generateKeyPairSync("ed25519").privateKey)],
    ["a signature for another purpose", headerOf(override, "showrunner-document-v1")],
    ["an altered payload", `${altered}.${signature}`],
    ["no signature", payload],
    ["a third part", `${payload}.${signature}.x`],
    ["a missing field", headerOf({ script: "artwork", digest: override.digest })],
    ["what is no digest", headerOf({ ...override, digest: "../../etc" })],
    ["what is no JSON", `eA.${signature}`],
    ["one that is too long", headerOf({ ...override, more: "x".repeat(2000) })],
    ["several at once", [headerOf(override), headerOf(override)]],
    ["an expiry that is no time", headerOf({ ...override, expiresAt: "soon" })],
    ["one that has expired", headerOf({ ...override, expiresAt: "2026-01-01T00:00:00Z" })],
  ])("refuses %s", (_case, header) => {
    expect(read(header, header === `${altered}.${signature}` ? "title-card" : "artwork")).toBe("refused");
  });

  it("looks at the expiry each time, also of one that it has checked before", () => {
    const reader = new OverrideReader(() => [keys.publicKey]);
    const header = headerOf(override);
    expect(reader.read(header, "artwork", NOW_MS).kind).toBe("valid");
    expect(reader.read(header, "artwork", NOW_MS + 3_600_000).kind).toBe("refused");
  });
});

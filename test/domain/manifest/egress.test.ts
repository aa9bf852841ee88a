import { describe, expect, it } from "@jest/globals";
import { covers, forbiddenReason, parseEndpoint, type Endpoint } from "#domain/manifest/egress.ts";

function endpoint(text: string): Endpoint {
  const parsed = parseEndpoint(text);
  if (parsed === null) throw new Error(`no endpoint: ${text}`);
  return parsed;
}

describe("a destination", () => {
  it.each([
    "catalog.internal:443",
    "10.1.2.3:80",
    "[fd00::1]:443",
    "10.0.0.0/8",
    "fd00::/8",
    "::ffff:10.0.0.1/128",
  ])("%s is one", (text) => {
    expect(parseEndpoint(text)).not.toBeNull();
  });

  it.each([
    "catalog.internal",
    "catalog.internal:0",
    "catalog.internal:65536",
    "https://a.b:443",
    "a..b:443",
    "-a.b:443",
    "010.0.0.1:80",
    "256.0.0.1:80",
    "127.1:80",
    "2130706433:80",
    "0x7f000001:80",
    "a.0x1:80",
    "fd00::1:443:x",
    "[fd00::1::2]:443",
    "10.0.0.0/33",
    "10.0.0.0/",
    "10.0.0.0/-1",
    "a.b/8",
    "*.internal:443",
    "user@a.b:443",
    "",
  ])("%j is none", (text) => {
    expect(parseEndpoint(text)).toBeNull();
  });

  it.each([
    ["catalog.internal:443", "CATALOG.internal:443", true],
    ["catalog.internal:443", "catalog.internal:80", false],
    ["catalog.internal:443", "x.catalog.internal:443", false],
    ["10.0.0.0/8", "10.1.0.0/16", true],
    ["10.0.0.0/8", "10.0.0.0/7", false],
    ["10.0.0.0/8", "11.0.0.0/16", false],
    ["10.0.0.0/8", "10.255.255.255:1", true],
    ["10.0.0.0/8", "catalog.internal:443", false],
    ["10.1.2.3:80", "10.1.2.3/32", false],
    ["fd00::/8", "[fd12::1]:443", true],
    ["fd00::/8", "10.0.0.1:443", false],
    ["[fd00::1]:443", "[fd00:0:0::1]:443", true],
  ])("%s grants %s: %s", (granted, wanted, expected) => {
    expect(covers(endpoint(granted), endpoint(wanted))).toBe(expected);
  });

  it.each([
    "169.254.169.254:80",
    "169.254.0.0/16",
    "128.0.0.0/1",
    "0.0.0.0/0",
    "::/0",
    "127.0.0.1:80",
    "localhost:80",
    "api.localhost:80",
    "[::1]:80",
    "[::ffff:127.0.0.1]:80",
    "[64:ff9b::a9fe:a9fe]:80",
    "[fe80::1]:80",
    "fd00:ec2::/32",
    "metadata.google.internal:80",
  ])("%s is always refused", (text) => {
    expect(forbiddenReason(endpoint(text))).not.toBeNull();
  });

  it.each([
    "catalog.internal:443",
    "10.0.0.0/8",
    "192.168.0.0/16",
    "[2001:db8::1]:443",
    "localhost.example:80",
  ])("%s is not", (text) => {
    expect(forbiddenReason(endpoint(text))).toBeNull();
  });
});

import { describe, expect, it } from "@jest/globals";
import { decideEgress } from "#runtime/isolates/egress-policy.ts";

const EVERYTHING = ["0.0.0.0/0", "::/0"];

function isAllowed(place: string, address: string, scriptAllow: string[], fleetAllow = scriptAllow): boolean {
  const [, host = "", port = ""] = /^(.*):(\d+)$/.exec(place) ?? [];
  const denied = [{ host: "127.0.0.1", port: 4400 }];
  const target = { host: host.replaceAll(/[[\]]/g, ""), port: Number(port) };
  return decideEgress({ scriptAllow, fleetAllow, denied }, target, address).allowed;
}

describe("decideEgress", () => {
  it.each([
    ["a listed name at a public address", "api.example.com:443", "93.184.216.34", ["api.example.com:443"]],
    ["a listed name whatever its case", "api.example.com:443", "93.184.216.34", ["API.example.com:443"]],
    ["a listed network", "93.184.216.34:80", "93.184.216.34", ["93.184.216.0/24"]],
    ["an internal name at a private address", "catalog.internal:443", "10.1.2.3", ["catalog.internal:443"]],
    ["a listed private address", "10.1.2.3:80", "10.1.2.3", ["10.1.2.3:80"]],
    ["a listed loopback address", "127.0.0.1:9000", "127.0.0.1", ["127.0.0.1:9000"]],
    ["a listed loopback network", "127.0.0.1:9000", "127.0.0.1", ["127.0.0.0/8"]],
    ["localhost when it is listed", "localhost:9000", "::1", ["localhost:9000"]],
    ["a listed IPv6 address", "[2606:4700::1]:443", "2606:4700::1", ["[2606:4700::1]:443"]],
  ])("allows %s", (_case, place, address, allow) => {
    expect(isAllowed(place, address, allow)).toBe(true);
  });

  it.each([
    ["what the script does not list", "a.example.com:443", "93.184.216.34", [], ["a.example.com:443"]],
    ["what the fleet does not list", "a.example.com:443", "93.184.216.34", ["a.example.com:443"], []],
    ["another port of a listed name", "a.example.com:80", "93.184.216.34", ["a.example.com:443"]],
    ["the metadata service though listed", "169.254.169.254:80", "169.254.169.254", ["169.254.169.254:80"]],
    ["the metadata service behind a network", "169.254.169.254:80", "169.254.169.254", EVERYTHING],
    ["the metadata service in IPv6 clothes", "m:80", "::ffff:169.254.169.254", ["m:80"]],
    ["the metadata service in hexadecimal", "m:80", "::ffff:a9fe:a9fe", ["m:80"]],
    ["the other metadata services", "m:80", "fd00:ec2::254", EVERYTHING],
    ["a public name that points to loopback", "a.example.com:80", "127.0.0.1", ["a.example.com:80"]],
    ["a public name that points inside", "a.example.com:80", "10.0.0.1", ["a.example.com:80"]],
    ["an internal name that points to loopback", "catalog.internal:80", "127.0.0.1", ["catalog.internal:80"]],
    ["the control plane though listed", "127.0.0.1:4400", "127.0.0.1", ["127.0.0.1:4400"]],
    ["the control plane by another loopback name", "localhost:4400", "::1", ["localhost:4400"]],
    ["loopback behind a network that holds everything", "127.0.0.1:9000", "127.0.0.1", EVERYTHING],
    ["localhost behind a network that holds everything", "localhost:9000", "127.0.0.1", EVERYTHING],
    ["loopback in IPv6 clothes behind such a network", "[::ffff:7f00:1]:9000", "::ffff:7f00:1", EVERYTHING],
    ["the unspecified address", "0.0.0.0:80", "0.0.0.0", EVERYTHING],
  ])("refuses %s", (_case, place, address, scriptAllow, fleetAllow = scriptAllow) => {
    expect(isAllowed(place, address, scriptAllow, fleetAllow)).toBe(false);
  });
});

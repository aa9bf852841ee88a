import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "@jest/globals";
import { readConfiguration } from "#app/configuration.ts";

const folder = mkdtempSync(join(tmpdir(), "showrunner-tokens-"));
writeFileSync(join(folder, "eu-west-1"), "secret\n");
afterAll(() => rmSync(folder, { recursive: true }));

const complete = {
  FLEET_REPO: "acme/fleet",
  APP_ID: "7",
  PRIVATE_KEY: "pem",
  WEBHOOK_SECRET: "hush",
  REGISTRY_URL: "http://127.0.0.1:4402",
  REGISTRATION_TOKENS_DIR: folder,
  SHOWRUNNER_TOKEN: "token",
};

describe("readConfiguration", () => {
  it("fills in the defaults", () => {
    expect(readConfiguration(complete)).toMatchObject({
      port: 4400,
      host: "127.0.0.1",
      databaseUrl: null,
      github: { appId: 7, apiUrl: null, webUrl: "https://github.com", pacing: "polite" },
      metricsFrom: { kind: "reports" },
      registrationTokens: new Map([["eu-west-1", "secret"]]),
    });
  });

  it("goes to a GitHub Enterprise Server under its API's prefix", () => {
    const { github } = readConfiguration({ ...complete, GHE_HOST: "git.acme.example" });
    expect(github).toMatchObject({
      apiUrl: "https://git.acme.example/api/v3",
      webUrl: "https://git.acme.example",
    });
  });

  it("names everything that is missing at once", () => {
    expect(() => readConfiguration({})).toThrow(
      /FLEET_REPO is not set[\s\S]*APP_ID is not set[\s\S]*PRIVATE_KEY[\s\S]*WEBHOOK_SECRET[\s\S]*REGISTRY_URL/,
    );
  });

  it.each([
    ["metrics from nowhere", { CANARY_METRICS: "prometheus" }, /PROMETHEUS_URL is not set/],
    ["metrics from whatever", { CANARY_METRICS: "guess" }, /must be reports or prometheus, not "guess"/],
    ["a port that is no number", { PORT: "44oo" }, /PORT must be a whole number, not "44oo"/],
    ["a fleet repository without its owner", { FLEET_REPO: "fleet" }, /FLEET_REPO must be owner\/name/],
    [
      "a tokens folder that is not there",
      { REGISTRATION_TOKENS_DIR: "/nowhere" },
      /\/nowhere cannot be read/,
    ],
  ])("refuses %s", (_name, wrong, message) => {
    expect(() => readConfiguration({ ...complete, ...wrong })).toThrow(message);
  });
});

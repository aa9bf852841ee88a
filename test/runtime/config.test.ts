import { describe, expect, it } from "@jest/globals";
import { readConfig } from "#runtime/config.ts";

const GOOD = {
  NODE_ID: "node-1",
  REGION: "eu-west-1",
  CONTROL_PLANE_URL: "http://127.0.0.1:4400",
  REGISTRATION_TOKEN_FILE: "/run/token",
  NODE_HOME: "/var/lib/node",
  GATEWAY_PORT: "0",
  ADMIN_PORT: "4421",
};

describe("readConfig", () => {
  it("fills in what may be left out", () => {
    expect(readConfig(GOOD)).toMatchObject({
      ok: true,
      config: { host: "127.0.0.1", secretsFolder: null, logLevel: "info", removePctMax: 20, adminPort: 4421 },
    });
  });

  it.each([
    ["NODE_ID", "Not A Label"],
    ["REGION", ""],
    ["CONTROL_PLANE_URL", "ftp://somewhere"],
    ["GATEWAY_PORT", "70000"],
    ["ADMIN_PORT", "-1"],
    ["LOG_LEVEL", "loud"],
    ["REMOVE_PCT_MAX", "101"],
  ])("names %s when it is %j", (name, value) => {
    const read = readConfig({ ...GOOD, [name]: value });
    expect(read).toMatchObject({ ok: false, problems: [expect.stringContaining(name)] });
  });
});

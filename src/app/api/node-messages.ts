import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import type { NodeReport } from "#schemas/types.ts";

/** What a node says of itself when it registers. */
export interface Registration {
  readonly node: string;
  readonly region: string;
  /** SPKI PEM. */
  readonly publicKey: string;
  /** The slot it had before, in [0, 100). */
  readonly claimedSlot: number | null;
  readonly gatewayUrl: string;
  readonly adminUrl: string;
}

const ajv = new Ajv2020({ strict: false });
addFormats.default(ajv);
ajv.addSchema(schema("common"));
const isNodeReport = ajv.compile<NodeReport>(schema("node-report"));
const isRegistration = ajv.compile<Registration>({
  type: "object",
  required: ["node", "region", "publicKey", "claimedSlot", "gatewayUrl", "adminUrl"],
  properties: {
    node: { $ref: "https://showrunner.dev/schemas/common.schema.json#/$defs/name" },
    region: { $ref: "https://showrunner.dev/schemas/common.schema.json#/$defs/name" },
    publicKey: { type: "string", maxLength: 400 },
    claimedSlot: { type: ["number", "null"], minimum: 0, exclusiveMaximum: 100 },
    gatewayUrl: { type: "string", format: "uri", maxLength: 200 },
    adminUrl: { type: "string", format: "uri", maxLength: 200 },
  },
});

/** null when the bytes are not a registration. */
export function parseRegistration(body: unknown): Registration | null {
  const value = parseJson(body);
  return isRegistration(value) ? value : null;
}

/** null when the bytes are not a node report. */
export function parseNodeReport(body: unknown): NodeReport | null {
  const value = parseJson(body);
  return isNodeReport(value) ? value : null;
}

function parseJson(body: unknown): unknown {
  if (!Buffer.isBuffer(body)) return null;
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return null;
  }
}

function schema(name: string): object {
  const file = fileURLToPath(import.meta.resolve(`#schemas/${name}.schema.json`));
  return JSON.parse(readFileSync(file, "utf8"));
}

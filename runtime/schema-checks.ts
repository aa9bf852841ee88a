import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import common from "#schemas/common.schema.json" with { type: "json" };
import regionDocument from "#schemas/region-document.schema.json" with { type: "json" };
import revisionSettings from "#schemas/revision-settings.schema.json" with { type: "json" };
import type { RegionDocument, RevisionSettings } from "#schemas/types.ts";

type Checked<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly message: string };

const ajv = new Ajv2020({ strict: true, allowUnionTypes: true });
formats.default(ajv);
ajv.addSchema(common);
const isRegionDocument = ajv.compile<RegionDocument>(regionDocument);
const isRevisionSettings = ajv.compile<RevisionSettings>(revisionSettings);

/** Against schemas/region-document.schema.json. */
export function checkRegionDocument(value: unknown): Checked<RegionDocument> {
  return check(isRegionDocument, value);
}

/** Against schemas/revision-settings.schema.json. */
export function checkRevisionSettings(value: unknown): Checked<RevisionSettings> {
  return check(isRevisionSettings, value);
}

function check<T>(validate: ValidateFunction<T>, value: unknown): Checked<T> {
  if (validate(value)) return { ok: true, value };
  const [error] = validate.errors ?? [];
  return { ok: false, message: `${error?.instancePath ?? ""} ${error?.message ?? "is invalid"}`.trim() };
}

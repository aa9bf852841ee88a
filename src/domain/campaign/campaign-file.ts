import { parseDocument } from "yaml";
import type { Campaign } from "#schemas/types.ts";
import { fleetFileText } from "../reconcile/fleet-file-text.ts";

/** Where the fleet repository keeps a campaign. */
export function campaignPath(name: string): string {
  return `campaigns/${name}.yaml`;
}

/** Where the fleet repository keeps an advisory, in OSV's format. */
export function advisoryPath(id: string): string {
  return `advisories/${id}.json`;
}

/** The text of a new campaign. */
export function campaignText(campaign: Campaign): string {
  return fleetFileText("campaign", campaign);
}

/** "@acme/edge-kit" to 1.2.4 is "edge-kit-1-2-4"; also what people may write for it, dots and all. */
export function campaignName(library: string, version: string): string {
  return nameOf(`${library.replace(/^@[^/]*\//, "")}-${version}`);
}

/** A name as files have it. */
export function nameOf(text: string): string {
  const flat = text.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
  return flat.slice(0, 63).replace(/^-+|-+$/g, "");
}

/** A campaign's file once it stops or goes on; what people wrote in it stays, comments too. */
export function withCampaignState(
  text: string,
  state: { readonly stopped: NonNullable<Campaign["stopped"]> } | { readonly resumedAt: string },
): string {
  const document = parseDocument(text, { version: "1.2" });
  if ("stopped" in state) {
    document.set("stopped", state.stopped);
  } else {
    document.delete("stopped");
    document.set("resumedAt", state.resumedAt);
  }
  return document.toString({ lineWidth: 0 });
}

/** A campaign's file with other values of some fields; what people wrote in it stays. */
export function withCampaignFields(
  text: string,
  fields: {
    readonly from?: string;
    readonly repositories?: readonly string[];
    readonly supersededBy?: string;
  },
): string {
  const document = parseDocument(text, { version: "1.2" });
  for (const [field, value] of Object.entries(fields)) document.set(field, value);
  return document.toString({ lineWidth: 0 });
}

import path from "node:path";
import { localPackages } from "#local/registry/local-packages.ts";
import { startRegistry } from "#local/registry.ts";
import { KIT } from "../e2e/campaign-repositories.ts";
import { SmallFleet } from "./small-fleet.ts";

export const region = "eu-west-1";

const fleetText = `kind: Fleet
regions:
  ${region}: { timezone: Europe/Dublin }
caps: { removePct: 20, canaryExposurePct: 40 }
operators: ["@alice"]
`;

/** How often every sort of write ends the control plane's life. */
export const deathsASort = process.env["CAMPAIGN_DEATHS"] === "all" ? 2 : 1;

export interface CampaignFleet {
  readonly fleet: SmallFleet;
  readonly registryUrl: string;
  close(): Promise<void>;
}

/** A fleet of one node whose scripts are built from a registry that has the kit. */
export async function startCampaignFleet(): Promise<CampaignFleet> {
  const packages = await localPackages(path.join(import.meta.dirname, "../.."));
  const registry = await startRegistry({ port: 0, packages });
  const registryUrl = registry.url;
  const nodes = [{ id: "eu-1", region }];
  const fleet = await SmallFleet.start({ nodes, fleet: fleetText, registryUrl }).catch(
    async (error: unknown) => {
      await registry.close();
      throw error;
    },
  );
  return {
    fleet,
    registryUrl,
    close: async () => {
      await fleet.close();
      await registry.close();
    },
  };
}

/** Writes a campaign that moves everybody to the kit's next version into the fleet repository. */
export async function startCampaign(fleet: SmallFleet, settings: { chaseAfter?: string } = {}) {
  const campaign = { kind: "Campaign", name: "kit", owner: "@alice", library: KIT, to: "1.2.4", ...settings };
  await fleet.bench.api("PUT", "/repos/acme/fleet/contents/campaigns/kit.yaml", {
    body: {
      message: "Upgrade the kit",
      content: Buffer.from(JSON.stringify(campaign)).toString("base64"),
    },
  });
}

/** Starts the control plane again if it died. It may die once more before it says that it is ready. */
export async function revive(fleet: SmallFleet): Promise<void> {
  if (!fleet.isRunning("control-plane")) await fleet.startControlPlane().catch(() => undefined);
}

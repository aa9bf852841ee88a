import { sql } from "kysely";
import type { CampaignState } from "#domain/campaign/campaign-state.ts";
import type { CampaignUnit } from "#domain/campaign/campaign-unit.ts";
import type { ShipOrder } from "#domain/campaign/plan-ship.ts";
import type { Executor } from "./database.ts";
import { jsonText } from "./json-text.ts";

/** A unit, and whether something happened to it since it was last looked at. */
export interface UnitRecord {
  readonly unit: CampaignUnit;
  readonly isDue: boolean;
}

async function findCampaignState(db: Executor, name: string): Promise<CampaignState | null> {
  const row = await db.selectFrom("campaigns").select("state").where("name", "=", name).executeTakeFirst();
  return row?.state ?? null;
}

/** Keeps everything but the ship order, which people set: see `orderShipment`. */
async function saveCampaignState(
  db: Executor,
  name: string,
  state: Omit<CampaignState, "ship">,
): Promise<void> {
  await db
    .insertInto("campaigns")
    .values({ name, state: jsonText({ ...state, ship: null }) })
    .onConflict((conflict) =>
      conflict
        .column("name")
        .doUpdateSet({ state: sql<CampaignState>`campaigns.state || ${jsonText(state)}` }),
    )
    .execute();
}

/** Replaces what is to be shipped; null is nothing any more. */
async function orderShipment(db: Executor, name: string, ship: ShipOrder | null): Promise<void> {
  await db
    .updateTable("campaigns")
    .set({ state: sql<CampaignState>`state || ${jsonText({ ship })}` })
    .where("name", "=", name)
    .execute();
}

/** By repository and branch. */
async function listCampaignUnits(db: Executor, campaign: string): Promise<UnitRecord[]> {
  return db
    .selectFrom("campaign_units")
    .select(["unit", "is_due as isDue"])
    .where("campaign", "=", campaign)
    .orderBy("repo_id")
    .orderBy("base")
    .execute();
}

/** Keeps a unit as it was just looked at. */
async function saveCampaignUnit(
  db: Executor,
  campaign: string,
  unit: CampaignUnit,
  isDue: boolean,
): Promise<void> {
  const values = { pull_number: unit.pull?.number ?? null, unit: jsonText(unit), is_due: isDue };
  await db
    .insertInto("campaign_units")
    .values({ campaign, repo_id: unit.repositoryId, base: unit.base, ...values })
    .onConflict((conflict) => conflict.columns(["campaign", "repo_id", "base"]).doUpdateSet(values))
    .execute();
}

async function deleteCampaignUnit(
  db: Executor,
  campaign: string,
  { repositoryId, base }: Pick<CampaignUnit, "repositoryId" | "base">,
): Promise<void> {
  await db
    .deleteFrom("campaign_units")
    .where("campaign", "=", campaign)
    .where("repo_id", "=", repositoryId)
    .where("base", "=", base)
    .execute();
}

/** The units whose pull request this is, with their campaigns. */
async function unitsOfPull(
  db: Executor,
  repositoryId: number,
  number: number,
): Promise<{ readonly campaign: string; readonly unit: CampaignUnit }[]> {
  return db
    .selectFrom("campaign_units")
    .select(["campaign", "unit"])
    .where("repo_id", "=", repositoryId)
    .where("pull_number", "=", number)
    .execute();
}

/** Has the units of a pull request looked at again. */
async function markUnitsDue(db: Executor, repositoryId: number, number: number): Promise<void> {
  await db
    .updateTable("campaign_units")
    .set({ is_due: true })
    .where("repo_id", "=", repositoryId)
    .where("pull_number", "=", number)
    .execute();
}

/** What the campaign controller keeps; each call is one atomic act, documented at the function of its name above. */
export interface CampaignRecords {
  findState(name: string): Promise<CampaignState | null>;
  saveState(name: string, state: Omit<CampaignState, "ship">): Promise<void>;
  orderShipment(name: string, ship: ShipOrder | null): Promise<void>;
  listUnits(campaign: string): Promise<UnitRecord[]>;
  saveUnit(campaign: string, unit: CampaignUnit, isDue: boolean): Promise<void>;
  deleteUnit(campaign: string, unit: Pick<CampaignUnit, "repositoryId" | "base">): Promise<void>;
  unitsOfPull(
    repositoryId: number,
    number: number,
  ): Promise<{ readonly campaign: string; readonly unit: CampaignUnit }[]>;
  markDue(repositoryId: number, number: number): Promise<void>;
}

export function createCampaignRecords(db: Executor): CampaignRecords {
  return {
    findState: (name) => findCampaignState(db, name),
    saveState: (name, state) => saveCampaignState(db, name, state),
    orderShipment: (name, ship) => orderShipment(db, name, ship),
    listUnits: (campaign) => listCampaignUnits(db, campaign),
    saveUnit: (campaign, unit, isDue) => saveCampaignUnit(db, campaign, unit, isDue),
    deleteUnit: (campaign, unit) => deleteCampaignUnit(db, campaign, unit),
    unitsOfPull: (repositoryId, number) => unitsOfPull(db, repositoryId, number),
    markDue: (repositoryId, number) => markUnitsDue(db, repositoryId, number),
  };
}

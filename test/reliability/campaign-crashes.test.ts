import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { CampaignDetail } from "#app/api/campaign-view.ts";
import { campaignRepositories, type CampaignRepository } from "../e2e/campaign-repositories.ts";
import { eventually } from "../e2e/eventually.ts";
import {
  type CampaignFleet,
  deathsASort,
  region,
  revive,
  startCampaign,
  startCampaignFleet,
} from "./campaign-fleet.ts";
import { dieAtEverySort, writeSort } from "./die-at-every-sort.ts";
import type { SeenRequest } from "./fault-proxy.ts";
import type { SmallFleet } from "./small-fleet.ts";

/** A life takes seconds, and a few times as many beside other tests. */
const patienceMs = 150_000 * deathsASort;
let started: CampaignFleet;
let fleet: SmallFleet;
let repositories: CampaignRepository[];

beforeAll(async () => {
  started = await startCampaignFleet();
  fleet = started.fleet;
  const { registryUrl } = started;
  repositories = await campaignRepositories(2, { maxDuration: "30s", regions: [region], registryUrl });
  for (const { name, files } of repositories) await fleet.push(name, files);
  for (const { name } of repositories) await fleet.serve(`/${name}`, "nothing of the kit", 90_000);
}, 450_000);

afterAll(async () => {
  await started?.close();
}, 90_000);

/** Where GitHub heard of a pull request's comment: the one that tells of its canary comes first, then the reminder. */
const commented = new Set<string>();

/** A reminder is a sort of comment of its own. */
function sortOf(seen: SeenRequest): string | null {
  const sort = writeSort(seen);
  return sort === "POST issues/N/comments" && commented.has(seen.path) ? `${sort}, the reminder` : sort;
}

function heard(seen: SeenRequest): void {
  if (writeSort(seen) === "POST issues/N/comments") commented.add(seen.path);
}

async function issues(): Promise<readonly { readonly state: string }[]> {
  const { body } = await fleet.bench.api("GET", "/repos/acme/fleet/issues?state=all&labels=campaign");
  return body;
}

async function demandOne(name: string): Promise<void> {
  const at = async (route: string) => (await fleet.bench.api("GET", `/repos/acme/${name}${route}`)).body;
  const pulls = await at("/pulls?state=all");
  expect(pulls).toHaveLength(1);
  expect(pulls[0].labels.map((label: { name: string }) => label.name)).toEqual(["showrunner", "upgrade"]);
  const refs = await at("/git/matching-refs/heads/showrunner");
  expect(refs.length).toBeLessThanOrEqual(1);
  const comments: { body: string }[] = await at(`/issues/${pulls[0].number}/comments`);
  const reminders = comments.filter(({ body }) => body.includes("This is the only reminder."));
  expect([reminders.length, comments.length - reminders.length]).toEqual([1, 1]);
  const checks = await at(`/commits/${pulls[0].head.sha}/check-runs?filter=all`);
  expect(checks.total_count).toBe(1);
  const commits = await at("/commits?sha=main");
  const own = commits.filter(({ commit }: { commit: { message: string } }) =>
    commit.message.includes("Showrunner-Upgrade:"),
  );
  expect(own).toHaveLength(1);
}

describe("R1: the control plane dies with kill -9 in the middle of a campaign", () => {
  it(
    "at every sort of write, and there is one branch, pull request, comment, reminder and tracking issue of each all the same",
    async () => {
      const deaths = dieAtEverySort(fleet, { times: deathsASort, sortOf, heard });
      // Whatever waits for a person is chased at once.
      await startCampaign(fleet, { chaseAfter: "0s" });
      let isOrdered = false;
      const done = await eventually("the campaign is through", patienceMs, async () => {
        await revive(fleet);
        const seen = await fleet.api<CampaignDetail>("GET", "/api/campaigns/kit").catch(() => null);
        const isChased = seen?.units.every(({ reminded }) => reminded) ?? false;
        if (seen?.counts.passed === repositories.length && isChased && !isOrdered) {
          isOrdered = await fleet.api("POST", "/api/campaigns/kit/ship", { by: "alice" }).then(
            () => true,
            () => false,
          );
        }
        const issue = (await issues())[0];
        return seen?.counts.shipped === repositories.length && issue?.state === "closed" ? seen : null;
      });
      fleet.github.fate = () => ({ kind: "pass" });

      expect([...deaths.keys()]).toEqual(
        expect.arrayContaining([
          "POST git/trees",
          "POST git/commits",
          "POST git/refs",
          "POST pulls",
          "POST issues/N/labels",
          "POST issues/N/comments",
          "POST issues/N/comments, the reminder",
          "PATCH pulls/N",
          "PUT pulls/N/merge",
          "POST fleet issues",
          "PATCH fleet issues/N",
        ]),
      );
      expect(done.units).toHaveLength(repositories.length);
      expect(await issues()).toHaveLength(1);
      for (const { name } of repositories) await demandOne(name);
    },
    3 * patienceMs + 40_000,
  );
});

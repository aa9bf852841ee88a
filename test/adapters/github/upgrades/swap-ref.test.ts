import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { swapRef } from "#adapters/github/upgrades/swap-ref.ts";
import { startCampaignWorld, type CampaignWorld } from "../../../app/campaign/campaign-world.ts";

let world: CampaignWorld;
let first: string;
let second: string;

beforeAll(async () => {
  world = await startCampaignWorld();
  await world.repository("refs", { "a.txt": "1\n" });
  first = await world.commit("refs", "main", { "a.txt": "2\n" });
  second = await world.commit("refs", "main", { "a.txt": "3\n" });
});
afterAll(() => world.end());

const swap = (from: string, to: string, token = "bot-token"): ReturnType<typeof swapRef> =>
  swapRef({ gitUrl: `${world.github.url}/acme/refs.git`, token, ref: "refs/heads/main", from, to });

describe("swapping a ref", () => {
  it("moves it back and forth between commits that the server has", async () => {
    expect(await swap(second, first)).toBe("moved");
    const { data } = await world.alice.rest.git.getRef({ owner: "acme", repo: "refs", ref: "heads/main" });
    expect(data.object.sha).toBe(first);
    expect(await swap(first, second)).toBe("moved");
  });

  it("leaves it where it is when it is not where it was thought to be", async () => {
    expect(await swap(first, second)).toBe("raced");
  });

  it("says so when the server does not let it through", async () => {
    expect(await swap(second, first, "wrong")).toBe("refused");
    expect(
      await swapRef({
        gitUrl: "http://127.0.0.1:1/x.git",
        token: "t",
        ref: "refs/heads/main",
        from: first,
        to: second,
      }),
    ).toBe("refused");
  });
});

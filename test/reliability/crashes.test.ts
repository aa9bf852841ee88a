import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { eventually } from "../e2e/eventually.ts";
import { type Fate, type SeenRequest, FaultProxy } from "./fault-proxy.ts";
import { SmallFleet, scriptFiles } from "./small-fleet.ts";

const fleetText = `kind: Fleet
regions:
  eu-west-1: { timezone: Europe/Dublin }
  us-east-1: { timezone: America/New_York }
`;
const nodes = [
  { id: "eu-1", region: "eu-west-1" },
  { id: "eu-2", region: "eu-west-1" },
  { id: "us-1", region: "us-east-1" },
];
let fleet: SmallFleet;
/** After so many it may live on. */
const livesMax = 8;

beforeAll(async () => {
  fleet = await SmallFleet.start({ nodes, fleet: fleetText });
}, 360_000);

afterAll(async () => {
  await fleet.close();
}, 90_000);

const isWrite = ({ method }: SeenRequest) => method !== "GET";

describe("R1: the control plane dies with kill -9", () => {
  it("at every write to GitHub, before it and after it, and still does each thing once", async () => {
    await fleet.push("one", scriptFiles("one", "first"));
    await fleet.serve("/one", "first", 90_000);
    const clone = `${fleet.bench.folder}/acme-one`;
    await fleet.bench.git(clone, "switch", "-q", "-c", "topic");
    const head = await fleet.bench.commit(clone, scriptFiles("one", "second"));
    await fleet.bench.git(clone, "push", "-q", "origin", "topic");

    let lives = 0;
    let writesOfThisLife = 0;
    let dying: Promise<void> = Promise.resolve();
    const die = () => {
      dying = fleet.kill("control-plane");
    };
    // Two lives end at their first write, before it and with its answer lost, the next two at their second, and so on.
    fleet.github.fate = (seen): Fate => {
      if (!isWrite(seen) || /access_tokens|git-upload-pack/.test(seen.path) || lives >= livesMax)
        return { kind: "pass" };
      writesOfThisLife += 1;
      if (writesOfThisLife <= lives / 2) return { kind: "pass" };
      return lives % 2 === 0 ? { kind: "loseAnswer", atOnce: die } : { kind: "drop", atOnce: die };
    };
    const { body: pull } = await fleet.bench.api("POST", "/repos/acme/one/pulls", {
      body: { title: "second", head: "topic", base: "main" },
    });
    let merged: string | null = null;
    const keepAlive = async () => {
      if (fleet.isRunning("control-plane")) return;
      await dying;
      lives += 1;
      writesOfThisLife = 0;
      // It may die again before it says that it is ready.
      await fleet.startControlPlane().catch(() => undefined);
    };
    await eventually("the change is live everywhere", 400_000, async () => {
      await keepAlive();
      if (merged === null) {
        const { body } = await fleet.bench.api("GET", `/repos/acme/one/commits/${head}/check-runs`);
        const isReady = body.check_runs.some(
          (run: { conclusion: string | null }) => run.conclusion === "success",
        );
        if (isReady) {
          const answer = await fleet.bench.api("PUT", `/repos/acme/one/pulls/${pull.number}/merge`, {
            body: {},
          });
          merged = answer.body.sha;
        }
      }
      const { body: comments } = await fleet.bench.api("GET", "/repos/acme/one/issues/1/comments");
      return comments.some((comment: { body: string }) => comment.body.includes("Live in 2 regions"))
        ? true
        : null;
    });
    await fleet.serve("/one", "second", 20_000);
    expect(lives).toBeGreaterThan(livesMax / 2);

    fleet.github.fate = () => ({ kind: "pass" });
    const { body: comments } = await fleet.bench.api("GET", "/repos/acme/one/issues/1/comments");
    expect(comments).toHaveLength(1);
    const { body: checks } = await fleet.bench.api(
      "GET",
      `/repos/acme/one/commits/${head}/check-runs?filter=all`,
    );
    expect(checks.total_count).toBe(1);
    const { body: deployments } = await fleet.bench.api("GET", `/repos/acme/one/deployments?sha=${merged}`);
    const places = deployments.map((each: { environment: string }) => each.environment).sort();
    expect(places).toEqual(["eu-west-1", "us-east-1"]);
  }, 1_440_000);
});

describe("R8: a node dies while it takes a new revision", () => {
  it("serves the old or the new one afterwards, and the rollout completes", async () => {
    await fleet.push("apply", scriptFiles("apply", "old"));
    await fleet.serve("/apply", "old", 90_000);
    await fleet.push("apply", scriptFiles("apply", "new"));
    const answers = new Set<string>();
    for (let death = 0; death < 4; death += 1) {
      await fleet.kill("eu-1");
      await fleet.startNode("eu-1");
      const first = await eventually("the node answers again", 20_000, async () => {
        const answer = await fleet.ask("eu-1", "/apply");
        return answer.startsWith("none") ? null : answer;
      });
      answers.add(first);
    }
    expect([...answers].filter((answer) => answer !== "old" && answer !== "new")).toEqual([]);
    await fleet.serve("/apply", "new", 90_000);
  }, 720_000);
});

it("the proxy loses an answer only after the server behind has done its work", async () => {
  const proxy = await FaultProxy.start(fleet.bench.url);
  try {
    proxy.fate = (seen) => (isWrite(seen) ? { kind: "loseAnswer" } : { kind: "pass" });
    const lost = await fetch(`${proxy.url}/api/v3/repos/acme/one/issues/1/comments`, {
      method: "POST",
      headers: { authorization: "token alice-token" },
      body: JSON.stringify({ body: "heard" }),
    }).catch(() => null);
    expect(lost).toBeNull();
    const { body } = await fleet.bench.api("GET", "/repos/acme/one/issues/1/comments");
    expect(body.some((comment: { body: string }) => comment.body === "heard")).toBe(true);
  } finally {
    await proxy.close();
  }
});

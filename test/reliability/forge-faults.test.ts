import { createHmac, randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { eventually } from "../e2e/eventually.ts";
import { SmallFleet, scriptFiles } from "./small-fleet.ts";

let fleet: SmallFleet;

beforeAll(async () => {
  fleet = await SmallFleet.start({
    nodes: [{ id: "eu-1", region: "eu-west-1" }],
    fleet: "kind: Fleet\nregions:\n  eu-west-1: { timezone: Europe/Dublin }\n",
  });
}, 360_000);

afterAll(async () => {
  await fleet.close();
}, 90_000);

beforeEach(() => {
  fleet.github.fate = () => ({ kind: "pass" });
});

/** A signed webhook straight to the control plane; the status and how long the answer took. */
async function deliver(guid: string, repositoryId: number): Promise<{ status: number; tookMs: number }> {
  const body = JSON.stringify({
    ref: "refs/heads/main",
    repository: { id: repositoryId, full_name: "acme/x" },
  });
  const startedAtMs = Date.now();
  const answer = await fetch(`${fleet.controlPlaneUrl}/api/github/webhooks`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "x-github-event": "push",
      "x-github-delivery": guid,
      "x-hub-signature-256": `sha256=${createHmac("sha256", "hush").update(body).digest("hex")}`,
    },
    body,
  });
  return { status: answer.status, tookMs: Date.now() - startedAtMs };
}

describe("R3: webhooks while GitHub is slow or failing", () => {
  it.each([
    ["hangs", () => ({ kind: "hang" }) as const],
    ["answers 500", () => ({ kind: "answer", status: 500 }) as const],
    ["breaks the connection", () => ({ kind: "drop" }) as const],
  ])(
    "are stored and answered at once when it %s, and acted on later",
    async (name, fate) => {
      const script = `slow-${name.split(" ")[0]}`;
      await fleet.push(script, scriptFiles(script, "before"));
      await fleet.serve(`/${script}`, "before", 90_000);
      fleet.github.fate = fate;
      await fleet.push(script, scriptFiles(script, "after"));
      const { body: repository } = await fleet.bench.api("GET", `/repos/acme/${script}`);
      for (let time = 0; time < 3; time += 1) {
        const { status, tookMs } = await deliver(randomUUID(), repository.id);
        expect(status).toBe(200);
        expect(tookMs).toBeLessThan(10_000);
      }
      fleet.github.fate = () => ({ kind: "pass" });
      await fleet.serve(`/${script}`, "after", 120_000);
    },
    720_000,
  );
});

describe("R4: GitHub says when to come back", () => {
  it.each([
    ["403 with retry-after", 403, { "retry-after": "6" }],
    ["429 with retry-after", 429, { "retry-after": "6" }],
  ])(
    "hears nothing before that time after %s, and the rollout goes on then",
    async (name, status, headers) => {
      const script = `limited-${status}`;
      await fleet.push(script, scriptFiles(script, "before"));
      await fleet.serve(`/${script}`, "before", 90_000);
      let limitedAtMs: number | null = null;
      const early: string[] = [];
      fleet.github.fate = ({ method, path, atMs }) => {
        if (limitedAtMs === null) {
          if (method === "GET" || !path.startsWith("/api/") || !path.includes(script))
            return { kind: "pass" };
          limitedAtMs = atMs;
          return { kind: "answer", status, headers };
        }
        // What was under way when the answer came is not held against it; git is not the API.
        const sinceMs = atMs - limitedAtMs;
        if (sinceMs > 500 && sinceMs < 5_500 && path.startsWith("/api/"))
          early.push(`${sinceMs} ms: ${method} ${path}`);
        return { kind: "pass" };
      };
      await fleet.push(script, scriptFiles(script, "after"));
      await fleet.serve(`/${script}`, "after", 120_000);
      expect([name, limitedAtMs === null, early]).toEqual([name, false, []]);
    },
    720_000,
  );
});

describe("R5: repositories and branches that people move", () => {
  it("goes on after a force-push took back the commit that was rolled out", async () => {
    const first = await fleet.push("forced", scriptFiles("forced", "one"));
    await fleet.serve("/forced", "one", 90_000);
    await fleet.push("forced", scriptFiles("forced", "two"));
    await fleet.serve("/forced", "two", 90_000);
    const clone = `${fleet.bench.folder}/acme-forced`;
    await fleet.bench.git(clone, "reset", "-q", "--hard", first);
    await fleet.bench.git(clone, "push", "-q", "--force", "origin", "HEAD:refs/heads/main");
    await fleet.serve("/forced", "one", 90_000);
  }, 720_000);

  it("follows a repository that was renamed, and does not take another one of the old name for it", async () => {
    await fleet.push("renamed", scriptFiles("renamed", "one"));
    await fleet.serve("/renamed", "one", 90_000);
    const answer = await fleet.bench.api("PATCH", "/repos/acme/renamed", { body: { name: "renamed-now" } });
    expect(answer.status).toBe(200);
    // Somebody takes the name that became free, with a script of the same name.
    await fleet.bench.api("POST", "/orgs/acme/repos", { body: { name: "renamed" } });
    const clone = `${fleet.bench.folder}/acme-renamed`;
    await fleet.bench.git(clone, "switch", "-q", "-c", "taken");
    await fleet.bench.commit(clone, scriptFiles("renamed", "taken over"));
    await fleet.bench.git(clone, "push", "-q", fleet.bench.remote("acme", "renamed"), "HEAD:refs/heads/main");
    // The true one moves on.
    await fleet.bench.git(clone, "switch", "-q", "-");
    await fleet.bench.commit(clone, scriptFiles("renamed", "two"));
    await fleet.bench.git(
      clone,
      "push",
      "-q",
      fleet.bench.remote("acme", "renamed-now"),
      "HEAD:refs/heads/main",
    );
    await fleet.serve("/renamed", "two", 120_000);
  }, 900_000);

  it("keeps serving a script whose branch or repository was deleted", async () => {
    await fleet.push("deleted", scriptFiles("deleted", "stays"));
    await fleet.serve("/deleted", "stays", 90_000);
    expect((await fleet.bench.api("DELETE", "/repos/acme/deleted")).status).toBe(204);
    await fleet.push("after-deletion", scriptFiles("after-deletion", "new"));
    await fleet.serve("/after-deletion", "new", 90_000);
    expect(await fleet.ask("eu-1", "/deleted")).toBe("stays");
  }, 720_000);
});

describe("R6: manifests that vanish in masses", () => {
  it("takes nothing out of service until a person confirms it", async () => {
    const names = ["mono-a", "mono-b", "mono-c", "mono-d"];
    const files = names.flatMap((name) =>
      Object.entries(scriptFiles(name, "here")).map(([file, text]) => [`${name}/${file}`, text] as const),
    );
    await fleet.push("mono", Object.fromEntries(files));
    for (const name of names) await fleet.serve(`/${name}`, "here", 120_000);
    const clone = `${fleet.bench.folder}/acme-mono`;
    await fleet.bench.git(clone, "rm", "-q", ...names.map((name) => `${name}/showrunner.yaml`));
    await fleet.bench.git(clone, "commit", "-q", "-m", "tidy up");
    await fleet.bench.git(clone, "push", "-q", "origin", "HEAD:refs/heads/main");
    await fleet.push("mono-e", scriptFiles("mono-e", "later"));
    await fleet.serve("/mono-e", "later", 120_000);
    for (const name of names) expect(await fleet.ask("eu-1", `/${name}`)).toBe("here");
  }, 900_000);

  it("holds a fleet repository from which most releases were deleted", async () => {
    const clone = `${fleet.bench.folder}/acme-fleet`;
    // The bot commits there too, so that a person's push may have to be tried again.
    const onFleet = (...change: string[]) =>
      eventually("the person's commit is pushed", 30_000, async () => {
        try {
          await fleet.bench.git(clone, "fetch", "-q", "origin");
          await fleet.bench.git(clone, "reset", "-q", "--hard", "origin/main");
          await fleet.bench.git(clone, ...change);
          await fleet.bench.git(clone, "commit", "-q", "--allow-empty", "-m", change.join(" "));
          await fleet.bench.git(clone, "push", "-q", "origin", "HEAD:refs/heads/main");
          return await fleet.bench.git(clone, "rev-parse", "HEAD");
        } catch {
          return null;
        }
      });
    const deleted = await onFleet("rm", "-q", "-r", "releases");
    await new Promise((resolve) => {
      setTimeout(resolve, 4_000);
    });
    expect(await fleet.ask("eu-1", "/mono-e")).toBe("later");
    await onFleet("checkout", "-q", `${deleted}^`, "--", "releases");
    await fleet.push("mono-e", scriptFiles("mono-e", "later still"));
    // What a person puts back may differ from what was healed meanwhile: then it was edited by hand, and its script waits.
    const resume = { kind: "resume", target: "mono-e", reason: "its release is back" };
    await eventually("the next commit is served", 120_000, async () => {
      await fleet.api("POST", "/api/operations", resume).catch(() => null);
      return (await fleet.ask("eu-1", "/mono-e")) === "later still" ? true : null;
    });
    await eventually("every script is served as before", 20_000, async () =>
      (await fleet.ask("eu-1", "/mono-a")) === "here" ? true : null,
    );
  }, 720_000);
});

import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { Webhook } from "standardwebhooks";
import { freePortBlock } from "../local/free-port.ts";
import { startPlatform } from "../local/start-platform.ts";
import { git } from "./forge.ts";
import { eventually } from "./eventually.ts";
import {
  type Edit,
  isIn,
  merge,
  openPulls,
  operate,
  push,
  rest,
  say,
  saying,
  showrunner,
  shows,
  sourceOf,
  type Stage,
  type Way,
  withClone,
} from "./stage.ts";

const home = mkdtempSync(join(tmpdir(), "showrunner-operations-"));
const secret = `whsec_${Buffer.from("a secret of the receiver's").toString("base64")}`;
const regions = ["eu-west-1", "us-east-1", "us-west-2"];
const samples = [
  "age-gate",
  "artwork",
  "availability",
  "because-you-watched",
  "continue-watching",
  "home",
  "playback-manifest",
  "search-suggest",
  "subtitles",
  "title-card",
];
const minuteMs = 60_000;
const storyMsMax = 400_000;
const told: { type: string; subject: string }[] = [];
const load = new AbortController();
let receiver: Server;
let stage: Stage;
/** When us-west-2 may change, epoch milliseconds; the others may already. */
let opensAtMs = 0;
/** The merge that waits for that. */
let waiting = "";
/** The fleet repository before anything was operated. */
let before = "";

beforeAll(async () => {
  receiver = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks).toString("utf8");
      // Throws where the signature does not hold, and the test ends.
      told.push(Object(new Webhook(secret).verify(body, Object(request.headers))));
      response.writeHead(204).end();
    });
  });
  receiver.listen(0, "127.0.0.1");
  await once(receiver, "listening");
  const { port: receiverPort }: AddressInfo = Object(receiver.address());
  const port = await freePortBlock(40);
  const env = { SHOWRUNNER_NOTIFY_ALLOW: `127.0.0.1:${receiverPort}`, SHOWRUNNER_NOTIFY_RECEIVER: secret };
  stage = { platform: await startPlatform({ port, home, tour: false, store: "opened", env }), home };
  // The first releases of all samples take both cores; operating is about the next ones.
  await eventually("every sample is everywhere", 150_000, async () => ((await allServed()) ? true : null));
  void viewers();
  opensAtMs = minuteMs * Math.ceil((Date.now() + 25_000) / minuteMs);
  before = await push(stage, "fleet", {
    "fleet.yaml": (text) => `${withWindows(text)}notify:
  - { name: receiver, url: "http://127.0.0.1:${receiverPort}/", signingSecret: RECEIVER }
`,
    "groups/together.yaml": () =>
      "kind: Group\nname: together\nowner: team-home\nscripts: [availability, continue-watching]\natomic: true\n",
  });
}, 900_000);

afterAll(async () => {
  load.abort();
  await stage.platform.stop();
  receiver.closeAllConnections();
  receiver.close();
  rmSync(home, { recursive: true, force: true });
}, 90_000);

async function allServed(): Promise<boolean> {
  for (const script of samples) {
    const answer = await fetch(`${stage.platform.urls.dashboard}/api/scripts/${script}/rollouts`);
    const { served = {} }: { served?: Record<string, string | null> } = await answer.json();
    if (!Object.values(served).some((commit) => commit !== null)) return false;
  }
  return true;
}

/** Another window for each region, by its own clock: all open but for us-west-2's, which was closed for two minutes. */
function withWindows(text: string): string {
  const hours = (count: number): number => Date.now() + count * 60 * minuteMs;
  return text
    .replace("timezone: Europe/Dublin", windowOf("Europe/Dublin", hours(-5), hours(7)))
    .replace("timezone: America/New_York", windowOf("America/New_York", hours(-8), hours(4)))
    .replace(
      "timezone: America/Los_Angeles",
      windowOf("America/Los_Angeles", opensAtMs, opensAtMs - 2 * minuteMs),
    );
}

/** `timezone` and `windows` of a region that may change every day between two times. */
function windowOf(zone: string, fromMs: number, toMs: number): string {
  const clock = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit" });
  return `timezone: ${zone}, windows: ["Mon-Sun ${clock.format(fromMs)}-${clock.format(toMs)}"]`;
}

/** More viewers of the scripts that go bad, in the region that gets them first. */
async function viewers(): Promise<void> {
  const paths = ["/home?profile=maya", "/artwork?id=1", "/playback-manifest/1/master.m3u8?device=tv"];
  const gateway = stage.platform.urls.gateways["eu-west-1"];
  for (let viewer = 0; !load.signal.aborted; viewer += 1) {
    const path = paths[viewer % paths.length] ?? "";
    void fetch(gateway + path, { headers: { "x-user": `e2e-${viewer % 700}` }, signal: load.signal })
      .then((answer) => answer.arrayBuffer())
      .catch(() => null);
    await new Promise((resolve) => {
      setTimeout(resolve, 25);
    });
  }
}

it(
  "the plan names the window that a region waits for, and a merge waits for it",
  async () => {
    const startsAt = new Date(opensAtMs).toISOString();
    await eventually("the plan knows the windows", minuteMs, async () => {
      const planned = await showrunner(stage, "plan", "title-card", "--json");
      const plan: { waves: { regions: string[]; startsAt: string }[] } = JSON.parse(planned.out);
      const [wave] = plan.waves;
      return wave?.regions.includes("us-west-2") && wave.startsAt === startsAt ? true : null;
    });
    const { repository, file } = sourceOf("title-card");
    waiting = await push(stage, repository, { [file]: saying("windows") });
    await isIn(stage, "title-card", waiting, "waitingForWindow");
  },
  storyMsMax,
);

it.concurrent.each<[Way, string]>([
  ["comment", "age-gate"],
  ["button", "subtitles"],
  ["cli", "search-suggest"],
  ["api", "because-you-watched"],
])(
  "by %s, a merge is paused, superseded, frozen, let go, aborted, tried again, waited for and rolled back",
  async (way, script) => {
    const [first, second] = await openPulls(stage, script, ["Change it", "Change it again"]);
    if (first === undefined || second === undefined) throw new Error("there are no pull requests");
    await shows(stage, second, /Valid · /);
    await operate(stage, way, "pause", { pull: first, target: script });
    await shows(stage, first, /Paused:.*Merging rolls nothing out until/);
    const older = await merge(stage, first);
    await isIn(stage, script, older, "paused");
    await operate(stage, way, "freeze", { pull: second, target: script });
    await shows(stage, second, /Frozen:/);
    const newer = await merge(stage, second);
    await isIn(stage, script, older, "superseded");
    await isIn(stage, script, newer, "paused");
    await operate(stage, way, "resume", { pull: second, target: script });
    await isIn(stage, script, newer, "frozen");
    await operate(stage, way, "abort", { pull: second, target: script });
    await isIn(stage, script, newer, "aborted");
    expect((await showrunner(stage, "wait", script, "--sha", newer)).code).toBe(1);
    await operate(stage, way, "promote", { pull: second, target: script });
    await isIn(stage, script, newer, "frozen");
    const gate = showrunner(stage, "wait", script, "--sha", newer, "--timeout", "4m");
    await operate(stage, way, "unfreeze", { pull: second, target: script });
    expect(await gate).toMatchObject({ code: 0 });
    await operate(stage, way, "rollback", { pull: second, target: script });
    await isIn(stage, script, newer, "rolledBack");
    await shows(stage, second, /Rolled back `.*Revert: #\d+/);
    const closed = await showrunner(stage, "wait", script, "--sha", newer);
    expect(closed.code).toBe(1);
    expect(closed.log).toContain(way === "button" ? "asked for on" : `a try by ${way}`);
  },
  storyMsMax,
);

it.concurrent(
  "a change to two scripts is paused, frozen, stopped, tried again and taken back as one, in whichever way it is asked for",
  async () => {
    const message = "Change it\n\nShowrunner-Change: both";
    const [one] = await openPulls(stage, "availability", [message]);
    const [other] = await openPulls(stage, "continue-watching", [message]);
    if (one === undefined || other === undefined) throw new Error("there are no pull requests");
    const on = { pull: other, target: "group:together" };
    await shows(stage, other, /Valid · /);
    await operate(stage, "cli", "pause", on);
    await operate(stage, "api", "freeze", on);
    const oneSha = await merge(stage, one);
    await isIn(stage, "availability", oneSha, "collecting");
    const otherSha = await merge(stage, other);
    const bothAre = async (phase: string) => {
      await isIn(stage, "availability", oneSha, phase);
      await isIn(stage, "continue-watching", otherSha, phase);
    };
    await bothAre("paused");
    await operate(stage, "cli", "resume", on);
    await bothAre("frozen");
    await operate(stage, "button", "abort", on);
    await bothAre("aborted");
    await operate(stage, "api", "promote", on);
    await bothAre("frozen");
    await say(stage, other, "/unfreeze group:together it is time");
    await bothAre("completed");
    await operate(stage, "comment", "rollback", on);
    await bothAre("rolledBack");
    expect(await changedApart("availability@1", "continue-watching@1")).toEqual([]);
  },
  storyMsMax,
);

/** Commits of the fleet repository that changed what a region serves of one of the two alone. */
function changedApart(one: string, other: string): Promise<string[]> {
  return withClone(stage, "fleet", async (clone) => {
    const commits = (await git(clone, "rev-list", `${before}..HEAD`)).split("\n");
    const apart: string[] = [];
    for (const commit of commits) {
      const files = await git(clone, "show", "--format=", "--name-only", commit, "--", "releases");
      const isApart = regions.some(
        (region) =>
          files.includes(`releases/${region}/${one}`) !== files.includes(`releases/${region}/${other}`),
      );
      if (isApart) apart.push(await git(clone, "show", "--format=%B", "--name-only", commit));
    }
    return apart;
  });
}

/** Answers through the script as it was, with something in front; warm-ups notice nothing. */
function going(bad: string): Edit {
  return (text) =>
    `${text.replace("export default {", "const before = {")}
const kept: unknown[] = [];
let seen = 0;
export default {
  async fetch(request: Request): Promise<Response> {
    if (request.headers.get("user-agent") !== "showrunner-warmup") {
      seen += 1;
      ${bad}
    }
    return before.fetch(request);
  },
};
`;
}

it.concurrent.each([
  [
    "many errors",
    "home",
    `if (seen % 2 === 0) throw new Error("no luck");`,
    /requests failed(, \d+)? with script_error/,
  ],
  [
    // On a busy machine some run out of their time, which are errors.
    "slowness",
    "artwork",
    "await new Promise((resolve) => setTimeout(resolve, 200));",
    /95% of requests within|requests failed(, \d+)? with (script_timeout|overloaded)/,
  ],
  [
    "too much memory",
    "playback-manifest",
    "kept.push(new Array(1_000_000).fill(seen));",
    /requests failed(, \d+)? with (memory_exceeded|quarantined)|it harmed|95% of requests/,
  ],
])(
  "%s: the first region shows it and goes back; no other is touched, and a revert is proposed",
  async (_kind, script, bad, evidence) => {
    const { repository, file } = sourceOf(script);
    const sha = await push(stage, repository, { [file]: going(bad) });
    const { phaseText } = await isIn(stage, script, sha, "rolledBack");
    expect(phaseText).toContain("It fails in eu-west-1");
    expect(phaseText).toMatch(evidence);
    const revert = await eventually(`the revert of ${script}`, minuteMs, async () => {
      const path = `/repos/acme/${repository}/pulls?state=open`;
      const pulls = await rest<{ head: { ref: string } }[]>(stage, "GET", path);
      return pulls.find(({ head }) => head.ref.startsWith(`showrunner/revert-${script}-`)) ?? null;
    });
    expect(revert.head.ref).toContain(sha.slice(0, 7));
    expect(await regionsWith(script, sha)).toEqual(["eu-west-1"]);
  },
  storyMsMax,
);

/** The regions whose release of a script ever named a commit. */
function regionsWith(script: string, sha: string): Promise<string[]> {
  return withClone(stage, "fleet", async (clone) => {
    const found: string[] = [];
    for (const region of regions) {
      const path = `releases/${region}/${script}@*.yaml`;
      if ((await git(clone, "log", "--format=%H", `-S${sha}`, "--", path)) !== "") found.push(region);
    }
    return found;
  });
}

it.concurrent(
  "what waits for a window goes on when it opens, and not before",
  async () => {
    await isIn(stage, "title-card", waiting, "completed");
    expect(await startedAtMs("us-west-2", "title-card", waiting)).toBeGreaterThanOrEqual(opensAtMs);
  },
  storyMsMax,
);

/** When a region's release first named a commit, epoch milliseconds. */
function startedAtMs(region: string, script: string, sha: string): Promise<number> {
  return withClone(stage, "fleet", async (clone) => {
    const path = `releases/${region}/${script}@*.yaml`;
    const times = await git(clone, "log", "--format=%cI", `-S${sha}`, "--reverse", "--", path);
    return Date.parse(times.split("\n")[0] ?? "");
  });
}

function types(subject: string): Set<string> {
  return new Set(told.filter((one) => one.subject === subject).map(({ type }) => type));
}

it("others were told of all of it, signed", async () => {
  const all = ["paused", "superseded", "frozen", "aborted", "completed", "rolledBack"];
  for (const subject of ["age-gate@1", "subtitles@1", "search-suggest@1", "because-you-watched@1"])
    await eventually(`the notices of ${subject}`, 30_000, async () =>
      all.every((name) => types(subject).has(`dev.showrunner.rollout.${name}`)) ? true : null,
    );
  expect([...types("home@1")]).toContain("dev.showrunner.rollout.rolledBack");
}, 180_000);

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { listAudit } from "#adapters/store/audit.ts";
import { createExperimentRecords, recordCellWindows } from "#adapters/store/experiments.ts";
import { reconcileExperiment } from "#app/reconciler/reconcile-experiment.ts";
import { createRevisionBuilder } from "#app/reconciler/revision-builder.ts";
import { parseExperiment, parseScript } from "#domain/manifest/parse-manifest.ts";
import { regionDocument } from "#domain/reconcile/region-document.ts";
import type { Experiment } from "#schemas/types.ts";
import { REPO } from "../../adapters/github/local-host.ts";
import { type Behaviour, countedWindow } from "../../domain/canary/counted-window.ts";
import { RandomStream } from "../../domain/canary/random-stream.ts";
import { type ControlRoom, openControlRoom, releasesAt } from "../operations/control-room.ts";

const minuteMs = 60_000;
const dayMs = 86_400_000;
const file = "experiments/cards.yaml";
const manifest = "kind: Script\nname: artwork\nowner: team-art\nentry: src/index.ts\n";
const plan = `kind: Experiment
name: cards
owner: team-art
script: artwork
cells:
  - { name: plain, sharePct: 20, control: true }
  - { name: quote, sharePct: 20, values: { card: quote } }
`;
const usual: Behaviour = { requests: 60, errors: 0.005, latencyMs: 12, cpuMs: 0.4, heapMb: 14 };

let room: ControlRoom;
let context: ControlRoom["context"];
let startMs = Date.parse("2026-11-02T10:00:00Z");
let nowMs = startMs;
let random: RandomStream;

beforeAll(async () => {
  room = await openControlRoom();
  const { store, host } = room;
  const clock = { now: () => nowMs };
  // What is built is its settings, so that cells with other values are other revisions.
  const builder = createRevisionBuilder({
    builder: {
      build: async ({ settings }) => {
        const bytes = new TextEncoder().encode(JSON.stringify(settings));
        return {
          kind: "built",
          bytes,
          digest: await room.context.bundles.put(bytes),
          sourceMap: "",
          libraries: [],
        };
      },
    },
    bundles: room.context.bundles,
    records: store.records,
    queue: store.queue,
    clock,
  });
  context = { ...room.context, clock, builder, experiments: createExperimentRecords(store.db) };
  const commit = await room.commit({
    "art/showrunner.yaml": manifest,
    "art/src/index.ts": "export default {};\n",
  });
  const digest = await context.bundles.put(new TextEncoder().encode("what is stable"));
  await room.commit(releasesAt("artwork", { digest, commit }));
  const repository = { ...host.repository, head: commit, kind: "scripts" } as const;
  await store.records.upsertRepository({
    ...repository,
    seenAtMs: startMs,
    removedAtMs: null,
    settledState: null,
  });
  const parsed = parseScript(manifest, "art/showrunner.yaml");
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  await store.records.upsertScript({
    name: "artwork",
    version: "1",
    repositoryId: host.repository.id,
    path: "art",
    manifest: parsed.manifest,
    commit,
    declared: true,
    problems: [],
  });
}, 120_000);

afterAll(() => room.end());

/** Every test has an hour of another day, so that none sees what was counted for another. */
beforeEach(async () => {
  room.host.intercept = () => Promise.resolve(null);
  random = new RandomStream(3);
  startMs += dayMs;
  nowMs = startMs;
  await room.commit({ [file]: `${plan}endsAt: "${new Date(startMs + 60 * minuteMs).toISOString()}"\n` });
  await look();
});

const look = () => reconcileExperiment(context, "cards");

async function experiment(): Promise<Experiment> {
  const parsed = parseExperiment((await room.file(file)) ?? "", file);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.manifest;
}

/** What nodes of a region have to serve of the script. */
async function roles(): Promise<string[]> {
  const snapshot = await context.fleet.refresh();
  if (snapshot === null) throw new Error("there is no fleet");
  return regionDocument(snapshot, "eu-west-1").scripts.flatMap(({ instances }) =>
    instances.map(({ role }) => role),
  );
}

/** Two nodes count for so many minutes, and each minute is looked at once it is whole. The minutes until its end. */
async function serve(minutes: number, cells: Readonly<Record<string, Partial<Behaviour>>>): Promise<number> {
  for (let minute = 1; minute <= minutes; minute += 1) {
    for (const node of ["eu-west-1-1", "us-east-1-1"]) {
      const windows = Object.entries(cells).map(([cell, own]) => ({
        cell,
        node,
        startMs: nowMs - (nowMs % minuteMs),
        counts: countedWindow(random, { ...usual, ...own }),
      }));
      await recordCellWindows(room.store.db, "cards", windows);
    }
    nowMs += minuteMs;
    // A report may lag.
    nowMs += minute === 1 ? 13_000 : 0;
    await look();
    if ((await context.experiments.find("cards"))?.phase.kind === "ended") return minute;
  }
  return minutes;
}

const phase = async () => (await context.experiments.find("cards"))?.phase;

describe("an experiment that runs", () => {
  it("has all its cells in every region, each with what was built for it", async () => {
    expect(await roles()).toEqual(["stable", "plain", "quote"]);
    const [plain, quote] = (await experiment()).running?.cells ?? [];
    expect(plain?.commit).toBe(quote?.commit);
    expect(plain?.digest).not.toBe(quote?.digest);
    const bytes = await context.bundles.get(quote?.digest ?? `sha256:${"0".repeat(64)}`);
    expect(new TextDecoder().decode(bytes ?? new Uint8Array())).toContain('"values":{"card":"quote"}');
  });

  it("is stopped minutes after a guardrail gets worse in a cell, once, and is gone from every region", async () => {
    expect(await serve(5, { plain: {}, quote: {} })).toBe(5);
    expect(await phase()).toMatchObject({ kind: "running" });
    const commits = (await room.messages()).length;
    expect(await serve(15, { plain: {}, quote: { errors: 0.2 } })).toBeLessThan(10);
    const { ended, running } = await experiment();
    expect(running).toBeUndefined();
    expect(ended).toMatchObject({ by: "showrunner", outcome: "harmful" });
    expect(ended?.reason).toMatch(/^quote: errors: /);
    expect(await phase()).toEqual({ kind: "ended", end: ended });
    expect(await roles()).toEqual(["stable"]);
    expect((await listAudit(room.store.db, 1))[0]).toMatchObject({
      actor: "showrunner",
      action: "experiment harmful",
      subject: "experiment:cards",
      cause: ended?.reason,
    });
    await recordCellWindows(room.store.db, "cards", [
      { cell: "quote", node: "late", startMs: nowMs, counts: countedWindow(random, usual) },
    ]);
    expect(await context.experiments.windows("cards", nowMs + minuteMs)).toEqual([]);
    await look();
    expect((await room.messages()).length).toBe(commits + 1);
  });

  it("is stopped for slowness as well, since latency is a guardrail when nothing else is said", async () => {
    expect(await serve(15, { plain: {}, quote: { latencyMs: 30 } })).toBeLessThan(10);
    expect((await experiment()).ended).toMatchObject({
      outcome: "harmful",
      reason: expect.stringMatching(/^quote: latency: /),
    });
  });

  it("is stopped as invalid when a cell gets too few of the requests, whatever they show", async () => {
    expect(await serve(15, { plain: {}, quote: { requests: 30, errors: 0 } })).toBeLessThan(10);
    expect((await experiment()).ended).toMatchObject({
      by: "showrunner",
      outcome: "invalid",
      reason: expect.stringMatching(
        /^\w+ got \d+% of the requests instead of 50%, so the cells cannot be compared\.$/,
      ),
    });
    expect(await roles()).toEqual(["stable"]);
  });

  it("is stopped although the look that found it died before it could say so", async () => {
    await serve(2, { plain: {}, quote: {} });
    let isDown = true;
    room.host.intercept = ({ method }) =>
      Promise.resolve(isDown && method !== "GET" ? new Response("{}", { status: 502 }) : null);
    await expect(serve(15, { plain: {}, quote: { errors: 0.3 } })).rejects.toThrow();
    expect((await experiment()).ended).toBeUndefined();
    isDown = false;
    await look();
    expect((await experiment()).ended).toMatchObject({ outcome: "harmful" });
  });

  it("goes on to its date when the cells are alike, and no cell wins", async () => {
    await serve(15, { plain: {}, quote: {} });
    expect(await phase()).toMatchObject({ kind: "running" });
    nowMs = startMs + 60 * minuteMs;
    await look();
    expect((await experiment()).ended).toMatchObject({
      outcome: "date",
      reason: "its time is over; no cell could be told apart from the control",
    });
    expect(await roles()).toEqual(["stable"]);
  });
});

describe("a promoted cell", () => {
  it("is proposed in one pull request with its values, however often it is looked at", async () => {
    const end = `ended: { at: "2026-11-02T10:30:00Z", by: "@maya", outcome: promoted, reason: more plays, cell: quote }\n`;
    await room.commit({ [file]: `${plan}${end}` });
    await look();
    await look();
    const { data: pulls } = await room.host.alice.rest.pulls.list(REPO);
    expect(pulls).toMatchObject([{ title: "Promote quote of the experiment cards" }]);
    const number = pulls[0]?.number ?? 0;
    expect((await context.experiments.find("cards"))?.pull).toBe(number);
    const { data: files } = await room.host.alice.rest.pulls.listFiles({ ...REPO, pull_number: number });
    expect(files).toMatchObject([
      { filename: "art/showrunner.yaml", patch: expect.stringContaining("card: quote") },
    ]);
    expect(await roles()).toEqual(["stable"]);
  });
});

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import type { Octokit } from "@octokit/rest";
import { handleCommands } from "#app/commands/handle-commands.ts";
import { recallCommands } from "#app/commands/recall-commands.ts";
import type { PullRequest } from "#domain/ports.ts";
import { REPO } from "../../adapters/github/local-host.ts";
import { type ControlRoom, openControlRoom, releasesAt } from "../operations/control-room.ts";

const stable = { digest: `sha256:${"a".repeat(64)}`, commit: "a".repeat(40) } as const;
const hold = "holds/artwork@1.yaml";
let room: ControlRoom;
let number: number;
let files = 0;

beforeAll(async () => {
  room = await openControlRoom();
  await room.commit(releasesAt("artwork", stable));
  const script = { name: "artwork", version: "1", repositoryId: room.host.repository.id, path: "art" };
  await room.store.records.upsertScript({
    ...script,
    manifest: null,
    commit: stable.commit,
    declared: true,
    problems: [],
  });
}, 120_000);

afterAll(async () => {
  await room.end();
});

beforeEach(async () => {
  room.host.forget();
  files += 1;
  ({ number } = await room.host.newPullRequest({ [`art/${files}.txt`]: "1" }));
  if ((await room.file(hold)) !== null) await room.commit({ [hold]: null });
});

async function comment(by: Octokit, body: string): Promise<number> {
  const { data } = await by.rest.issues.createComment({ ...REPO, issue_number: number, body });
  await deliver(data.id);
  return data.id;
}

/** What the webhook stores. */
async function deliver(commentId: number): Promise<void> {
  await room.store.records.recordCommand({
    id: `comment:${commentId}`,
    repositoryId: room.host.repository.id,
    pullNumber: number,
    source: { kind: "comment", commentId },
    receivedAtMs: Date.now(),
  });
}

async function press(identifier: string, sender: string, guid: string): Promise<void> {
  await room.store.records.recordCommand({
    id: `button:${guid}`,
    repositoryId: room.host.repository.id,
    pullNumber: number,
    source: { kind: "button", identifier, sender },
    receivedAtMs: Date.now(),
  });
}

async function pull(): Promise<PullRequest> {
  const found = await room.host.codeHost.pullRequest(room.host.repository, number);
  if (found === null) throw new Error("no such pull request");
  return found;
}

async function obey(): Promise<void> {
  await handleCommands(room.context, room.host.repository, await pull());
}

async function reactions(commentId: number): Promise<string[]> {
  const { data } = await room.host.alice.rest.reactions.listForIssueComment({
    ...REPO,
    comment_id: commentId,
  });
  return data.map((one) => one.content);
}

/** What our app wrote on the pull request. */
async function answers(): Promise<string[]> {
  const { data } = await room.host.alice.rest.issues.listComments({ ...REPO, issue_number: number });
  return data.filter((one) => one.user?.login === room.host.botLogin).map((one) => one.body ?? "");
}

describe("a command on a pull request", () => {
  it("becomes one commit that names who asked and where, and is acknowledged by a reaction alone", async () => {
    const id = await comment(room.host.bob, "Hm.\n\n/pause too slow");
    await obey();
    expect(await room.file(hold)).toMatch(/mode: pause\nreason: too slow\nby: "@bob"/);
    expect((await room.messages())[0]).toMatch(
      /^Pause artwork@1: too slow\n\nShowrunner-Cause: command http.*#issuecomment-\d+ pause artwork@1 by @bob$/,
    );
    expect(await reactions(id)).toEqual(["+1"]);
    expect(await answers()).toEqual([]);
  });

  it("is refused quietly from people who may not", async () => {
    const before = await room.messages();
    const id = await comment(room.host.mallory, "/pause now\n/freeze fleet");
    await obey();
    expect(await reactions(id)).toEqual(["-1"]);
    expect(await answers()).toEqual([]);
    expect(await room.messages()).toEqual(before);
  });

  it("counts only as it was first written, by a person, in their own words", async () => {
    const quoted = await comment(room.host.bob, "> /pause");
    const edited = await comment(room.host.bob, "/pause");
    await new Promise((resolve) => {
      setTimeout(resolve, 1_100);
    });
    await room.host.bob.rest.issues.updateComment({ ...REPO, comment_id: edited, body: "/pause now" });
    const ours = await room.host.codeHost.upsertComment(room.host.repository, number, "x", "/pause");
    await deliver(ours);
    await obey();
    for (const id of [quoted, edited, ours]) expect(await reactions(id)).toEqual([]);
    expect(await room.file(hold)).toBeNull();
  });

  it("that cannot be done is explained in one comment, edited in place", async () => {
    const first = await comment(room.host.bob, "/resume");
    await obey();
    const second = await comment(room.host.bob, "/abort");
    await obey();
    expect(await reactions(first)).toEqual(["confused"]);
    expect(await reactions(second)).toEqual(["confused"]);
    const told = await answers();
    expect(told).toHaveLength(1);
    expect(told[0]).toMatch(/^`\/abort` \(bob\)\n\nartwork@.1 has no rollout under way/);
  });

  it("asks for help", async () => {
    const id = await comment(room.host.bob, "/help");
    await obey();
    expect(await reactions(id)).toEqual(["+1"]);
    expect((await answers())[0]).toContain("| `/rollback [to COMMIT]` |");
  });

  it("is not obeyed twice when we die between the commit and the reaction", async () => {
    const id = await comment(room.host.bob, "/pause dying");
    room.host.intercept = ({ body }) =>
      JSON.stringify(body) === '{"content":"+1"}' ? Promise.reject(new Error("dead")) : Promise.resolve(null);
    await expect(obey()).rejects.toThrow();
    expect(await reactions(id)).toEqual(["eyes"]);
    expect(await room.file(hold)).toContain("dying");
    // Somebody else resumes meanwhile: that must stand.
    await room.commit({ [hold]: null });
    room.host.intercept = () => Promise.resolve(null);
    await obey();
    expect(await room.file(hold)).toBeNull();
    expect(await reactions(id)).toEqual(["+1"]);
  });

  it("is not lost when we die before the commit", async () => {
    const id = await comment(room.host.bob, "/pause again");
    room.host.intercept = ({ method, path }) =>
      method === "PATCH" && path.includes("/git/refs/")
        ? Promise.resolve(new Response("{}", { status: 502 }))
        : Promise.resolve(null);
    await expect(obey()).rejects.toThrow();
    expect(await room.file(hold)).toBeNull();
    room.host.intercept = () => Promise.resolve(null);
    await obey();
    expect(await room.file(hold)).toContain("again");
    expect(await reactions(id)).toEqual(["+1"]);
  });

  it("is known by its reaction when the store was lost, and found again when the webhook was", async () => {
    const id = await comment(room.host.bob, "/pause once");
    await obey();
    await room.commit({ [hold]: null });
    await room.store.db.deleteFrom("commands").execute();
    const { data } = await room.host.bob.rest.issues.createComment({
      ...REPO,
      issue_number: number,
      body: "/hold nobody told us",
    });
    const open = [await pull()];
    expect(await recallCommands(room.context, room.host.repository, open)).toContain(
      `pr:${room.host.repository.id}#${number}`,
    );
    expect(await recallCommands(room.context, room.host.repository, open)).toEqual([]);
    await obey();
    expect(await room.file(hold)).toContain("nobody told us");
    expect(await reactions(id)).toEqual(["+1"]);
    expect(await reactions(data.id)).toEqual(["+1"]);
  });
});

describe("a button on a check", () => {
  it("does what its command does, for whoever may, and once", async () => {
    await press("hold", "mallory", "guid-1");
    await press("unknown", "bob", "guid-2");
    await obey();
    expect(await room.file(hold)).toBeNull();
    await press("hold", "bob", "guid-3");
    await obey();
    expect(await room.file(hold)).toContain('by: "@bob"');
    await room.commit({ [hold]: null });
    await room.store.db
      .updateTable("commands")
      .set({ handled_at: null })
      .where("id", "=", "button:guid-3")
      .execute();
    await obey();
    expect(await room.file(hold)).toBeNull();
  });
});

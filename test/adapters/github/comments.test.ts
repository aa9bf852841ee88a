import { afterAll, beforeEach, describe, expect, it } from "@jest/globals";
import { REPO, startLocalHost } from "./local-host.ts";

const host = await startLocalHost();

afterAll(async () => {
  await host.end();
});

beforeEach(() => host.forget());

describe("upsertComment", () => {
  it("creates once, edits in place, and writes nothing when nothing changed, also after losing its memory", async () => {
    const { number } = await host.newPullRequest({ "m1.txt": "1" });
    const id = await host.codeHost.upsertComment(host.repository, number, "progress", "**First**");
    await host.codeHost.upsertComment(host.repository, number, "progress", "**Second**");
    expect(host.writes()).toHaveLength(2);
    host.effects.known.clear();
    expect(await host.restarted().upsertComment(host.repository, number, "progress", "**Second**")).toBe(id);
    expect(host.writes().filter((line) => line.includes("comments"))).toHaveLength(2);
    const comments = await commentsOf(number);
    expect(comments.map((one) => [one.id, one.body])).toEqual([
      [id, "**Second**\n\n<!-- showrunner:progress -->"],
    ]);
    expect(comments[0]?.user?.login).toBe(host.botLogin);
  });

  it("takes no notice of the marker in other people's comments, nor of text above its own last line", async () => {
    const { number } = await host.newPullRequest({ "m2.txt": "1" });
    const marker = "<!-- showrunner:progress -->";
    await host.bob.rest.issues.createComment({ ...REPO, issue_number: number, body: `Mine\n\n${marker}` });
    const other = await host.codeHost.upsertComment(
      host.repository,
      number,
      "other",
      `About ${marker}\n${marker}`,
    );
    host.effects.known.clear();
    const id = await host.codeHost.upsertComment(host.repository, number, "progress", "Ours");
    expect(id).not.toBe(other);
    const comments = await commentsOf(number);
    expect(comments).toHaveLength(3);
    expect(comments[0]?.body).toBe(`Mine\n\n${marker}`);
  });

  it("makes a new one when somebody deleted it", async () => {
    const { number } = await host.newPullRequest({ "m3.txt": "1" });
    const first = await host.codeHost.upsertComment(host.repository, number, "progress", "One");
    await host.alice.rest.issues.deleteComment({ ...REPO, comment_id: first });
    const second = await host.codeHost.upsertComment(host.repository, number, "progress", "Two");
    expect(second).not.toBe(first);
    expect(await commentsOf(number)).toHaveLength(1);
  });

  it("refuses a marker that could end its own HTML comment", async () => {
    const upsert = host.codeHost.upsertComment(host.repository, 1, "x --> <b>", "Body");
    await expect(upsert).rejects.toMatchObject({ kind: "terminal" });
  });
});

describe("commentOnce", () => {
  it("leaves its comment as it is once it is there, also after losing its memory", async () => {
    const { number } = await host.newPullRequest({ "m4.txt": "1" });
    const id = await host.codeHost.commentOnce(host.repository, number, "note", "First");
    expect(await host.codeHost.commentOnce(host.repository, number, "note", "Second")).toBe(id);
    host.effects.known.clear();
    expect(await host.restarted().commentOnce(host.repository, number, "note", "Third")).toBe(id);
    expect((await commentsOf(number)).map(({ body }) => body)).toEqual(["First\n\n<!-- showrunner:note -->"]);
  });

  it("is not written again where somebody deleted it", async () => {
    const { number } = await host.newPullRequest({ "m5.txt": "1" });
    const id = await host.codeHost.commentOnce(host.repository, number, "note", "First");
    await host.alice.rest.issues.deleteComment({ ...REPO, comment_id: id });
    await host.codeHost.commentOnce(host.repository, number, "note", "Second");
    expect(await commentsOf(number)).toEqual([]);
  });
});

async function commentsOf(issue: number) {
  const { data } = await host.alice.rest.issues.listComments({ ...REPO, issue_number: issue });
  return data;
}

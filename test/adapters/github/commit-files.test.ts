import { afterAll, beforeEach, describe, expect, it } from "@jest/globals";
import { head, REPO, startLocalHost } from "./local-host.ts";

const host = await startLocalHost();

afterAll(async () => {
  await host.end();
});

beforeEach(() => host.forget());

describe("commitFiles", () => {
  it("commits additions, changes and deletions in one commit of the app", async () => {
    const first = await head(host);
    const added = await host.codeHost.commitFiles(
      host.repository,
      "main",
      first,
      [
        { path: "releases/eu/a.yaml", content: "a\n" },
        { path: "releases/eu/b.yaml", content: "b\n" },
      ],
      "Promote",
    );
    if (added.kind !== "committed") throw new Error("the branch moved");
    const changes = [
      { path: "releases/eu/a.yaml", content: null },
      { path: "releases/eu/b.yaml", content: "ü\n" },
    ];
    await host.codeHost.commitFiles(host.repository, "main", added.commit, changes, "Roll back");
    const { data } = await host.alice.rest.repos.getCommit({ ...REPO, ref: "main" });
    expect(data.parents.map((parent) => parent.sha)).toEqual([added.commit]);
    expect(data.author).toMatchObject({ login: host.botLogin });
    expect(data.files?.map((file) => [file.filename, file.status])).toEqual([
      ["releases/eu/a.yaml", "removed"],
      ["releases/eu/b.yaml", "modified"],
    ]);
  });

  it("says where the branch moved to, before and while it writes", async () => {
    const stale = await head(host);
    const changes = [{ path: "mine.txt", content: "1\n" }];
    const bobs = async () =>
      host.bob.rest.repos.createOrUpdateFileContents({
        ...REPO,
        path: `bob-${Math.random()}.txt`,
        message: "Bob",
        content: Buffer.from("bob").toString("base64"),
      });
    const moved = (await bobs()).data.commit.sha ?? "";
    expect(await host.codeHost.commitFiles(host.repository, "main", stale, changes, "Mine")).toEqual({
      kind: "moved",
      head: moved,
    });

    let later = "";
    host.intercept = async ({ method }) => {
      if (method === "PATCH") later = (await bobs()).data.commit.sha ?? "";
      return null;
    };
    const outcome = await host.codeHost.commitFiles(host.repository, "main", moved, changes, "Mine");
    expect(outcome).toEqual({ kind: "moved", head: later });
  });

  it("fails when the branch refuses the commit although it did not move", async () => {
    host.intercept = async ({ method }) =>
      method === "PATCH" ? Response.json({ message: "Protected branch" }, { status: 422 }) : null;
    const changes = [{ path: "mine.txt", content: "1\n" }];
    const refused = host.codeHost.commitFiles(host.repository, "main", await head(host), changes, "Mine");
    await expect(refused).rejects.toMatchObject({ kind: "terminal" });
  });

  it("makes no commit of changes that change nothing", async () => {
    const before = await head(host);
    const { data } = await host.alice.rest.repos.getContent({ ...REPO, path: "releases/eu/b.yaml" });
    const content = "content" in data ? Buffer.from(data.content ?? "", "base64").toString() : "";
    const outcome = await host.codeHost.commitFiles(
      host.repository,
      "main",
      before,
      [{ path: "releases/eu/b.yaml", content }],
      "Nothing",
    );
    expect(outcome).toEqual({ kind: "committed", commit: before });
    expect(await head(host)).toBe(before);
  });

  it("takes more changes than fit one request", async () => {
    const changes = Array.from({ length: 1_100 }, (_, index) => ({
      path: `many/${index}.txt`,
      content: `${index}`,
    }));
    const outcome = await host.codeHost.commitFiles(
      host.repository,
      "main",
      await head(host),
      changes,
      "Many",
    );
    expect(outcome.kind).toBe("committed");
    expect(host.writes().filter((line) => line.endsWith("/git/trees"))).toHaveLength(3);
    const { data } = await host.alice.rest.git.getTree({ ...REPO, tree_sha: "main", recursive: "1" });
    expect(data.tree.filter((item) => item.path?.startsWith("many/") && item.type === "blob")).toHaveLength(
      1_100,
    );
  });
});

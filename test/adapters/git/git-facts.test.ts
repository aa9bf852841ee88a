import { describe, expect, it } from "@jest/globals";
import { createGitFacts } from "#adapters/git/git-facts.ts";
import { knownRefs } from "#adapters/git/known-refs.ts";

describe("what git said of commits", () => {
  it("is asked for once, and a failure again", async () => {
    const facts = createGitFacts();
    let asked = 0;
    const ask = () => {
      asked += 1;
      return asked === 1 ? Promise.reject(new Error("the disk is full")) : Promise.resolve("1764000000");
    };
    await expect(facts.text("a", ask)).rejects.toThrow("the disk is full");
    expect([await facts.text("a", ask), await facts.text("a", ask), asked]).toEqual([
      "1764000000",
      "1764000000",
      2,
    ]);
  });

  it("is known also when it is nothing", async () => {
    const facts = createGitFacts();
    await facts.text("a", () => Promise.resolve(""));
    expect(await facts.text("a", () => Promise.reject(new Error("asked again")))).toBe("");
  });

  it("is asked for only where a blob is not known", async () => {
    const facts = createGitFacts();
    const asked: string[][] = [];
    const ask = (ids: readonly string[]) => {
      asked.push([...ids]);
      return Promise.resolve(new Map(ids.map((id) => [id, Buffer.from(id)])));
    };
    await facts.blobs(["a", "b"], ask);
    const found = await facts.blobs(["b", "c", "a"], ask);
    expect([...found.keys()].sort()).toEqual(["a", "b", "c"]);
    expect(asked).toEqual([["a", "b"], ["c"]]);
  });

  it("is forgotten, what was not asked for longest first, and never kept when it is large", async () => {
    const facts = createGitFacts(1_000);
    const kept = async (key: string) => {
      const text = await facts.text(key, () => Promise.resolve("new"));
      return text !== "new";
    };
    for (const key of ["a", "b"]) await facts.text(key, () => Promise.resolve(key.repeat(400)));
    await facts.text("a", () => Promise.reject(new Error("asked again")));
    await facts.text("c", () => Promise.resolve("c".repeat(400)));
    expect([await kept("a"), await kept("b"), await kept("c")]).toEqual([true, false, true]);

    const large = createGitFacts();
    await large.text("a", () => Promise.resolve("a".repeat(300 * 1024)));
    expect(await large.text("a", () => Promise.resolve("new"))).toBe("new");
  });
});

describe("what refs point to", () => {
  it("is asked for again after a fetch, also when an answer from before it comes late", async () => {
    const refs = knownRefs();
    const late = Promise.withResolvers<string>();
    const before = refs.of("refs/heads/main", () => late.promise);
    refs.forget();
    late.resolve("old");
    expect(await before).toBe("old");
    expect(await refs.of("refs/heads/main", () => Promise.resolve("new"))).toBe("new");
    expect(await refs.of("refs/heads/main", () => Promise.resolve("newer"))).toBe("new");
    expect(await refs.of("refs/heads/gone", () => Promise.resolve(null))).toBeNull();
  });
});

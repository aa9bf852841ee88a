import { describe, expect, it } from "@jest/globals";
import type { Effect } from "#adapters/github/effect-cache.ts";
import { createUpsert, type OwnObject } from "#adapters/github/upsert.ts";

/** A remote side that holds objects by key, and a cache that can be lost. */
function remote() {
  const objects = new Map<number, { key: string; content: unknown }>();
  const cache = new Map<string, Effect>();
  const calls: string[] = [];
  let nextId = 1;
  const object = (content: string, key = "k"): OwnObject => ({
    key,
    content,
    find: async () => {
      calls.push("find");
      return [...objects].find(([, held]) => held.key === key)?.[0] ?? null;
    },
    create: async () => {
      calls.push("create");
      const id = nextId++;
      objects.set(id, { key, content });
      return id;
    },
    update: async (id) => {
      calls.push("update");
      if (!objects.has(id)) return "gone";
      objects.set(id, { key, content });
      return "updated";
    },
  });
  const upsert = createUpsert({
    get: (key) => Promise.resolve(cache.get(key) ?? null),
    set: async (key, effect) => void cache.set(key, effect),
  });
  return { objects, cache, calls, object, upsert };
}

describe("createUpsert", () => {
  it("does nothing when the content is the cached one", async () => {
    const { calls, object, upsert } = remote();
    await upsert(object("a"));
    calls.length = 0;
    expect(await upsert(object("a"))).toBe(1);
    expect(calls).toEqual([]);
  });

  it("looks the object up when the cache was lost", async () => {
    const { objects, cache, object, upsert } = remote();
    await upsert(object("a"));
    cache.clear();
    expect(await upsert(object("b"))).toBe(1);
    expect([...objects.values()]).toEqual([{ key: "k", content: "b" }]);
  });

  it("creates anew what somebody deleted", async () => {
    const { objects, object, upsert } = remote();
    await upsert(object("a"));
    objects.clear();
    expect(await upsert(object("b"))).toBe(2);
    expect(objects.size).toBe(1);
  });

  it("makes one object of calls that come together, and lets the last content win", async () => {
    const { objects, object, upsert } = remote();
    await Promise.all([
      upsert(object("a")),
      upsert(object("b")),
      upsert(object("c")),
      upsert(object("x", "other")),
    ]);
    expect([...objects.values()]).toEqual([
      { key: "k", content: "c" },
      { key: "other", content: "x" },
    ]);
  });

  it("goes on after a call that failed", async () => {
    const { object, upsert } = remote();
    const broken = { ...object("a"), create: () => Promise.reject(new Error("no network")) };
    const failing = upsert(broken);
    const next = upsert(object("a"));
    await expect(failing).rejects.toThrow("no network");
    expect(await next).toBe(1);
  });
});

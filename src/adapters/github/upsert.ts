import { hash } from "node:crypto";
import type { EffectCache } from "./effect-cache.ts";

/** One object on GitHub that is ours, and how to look it up, make it and change it. */
export interface OwnObject {
  /** The identity, unique over all kinds and repositories. */
  readonly key: string;
  /** Everything that is written, as plain data in a fixed order. */
  readonly content: unknown;
  /** The object of this identity that GitHub holds already. */
  readonly find: () => Promise<number | null>;
  readonly create: () => Promise<number>;
  /** Brings the object to the content; "gone" when somebody deleted it. */
  readonly update: (remoteId: number) => Promise<"updated" | "gone">;
}

/**
 * Brings one object to its content and returns its id. Without a cached effect GitHub is asked first, so a crash between
 * creating and caching makes no second object. Calls for one key run one after the other.
 */
export function createUpsert(cache: EffectCache): (object: OwnObject) => Promise<number> {
  const running = new Map<string, Promise<unknown>>();

  return async (object) => {
    const before = running.get(object.key) ?? Promise.resolve();
    const mine = before.then(
      () => upsert(cache, object),
      () => upsert(cache, object),
    );
    running.set(object.key, mine);
    try {
      return await mine;
    } finally {
      if (running.get(object.key) === mine) running.delete(object.key);
    }
  };
}

async function upsert(cache: EffectCache, object: OwnObject): Promise<number> {
  const contentHash = hash("sha256", JSON.stringify(object.content));
  const known = await cache.get(object.key);
  if (known?.contentHash === contentHash) return known.remoteId;
  const remoteId = await bring(object, known?.remoteId ?? null);
  await cache.set(object.key, { remoteId, contentHash });
  return remoteId;
}

async function bring(object: OwnObject, knownId: number | null): Promise<number> {
  if (knownId !== null && (await object.update(knownId)) === "updated") return knownId;
  const foundId = await object.find();
  if (foundId !== null && (await object.update(foundId)) === "updated") return foundId;
  return object.create();
}

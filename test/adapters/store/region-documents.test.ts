import { beforeAll, beforeEach, expect, it } from "@jest/globals";
import type { Change } from "#adapters/store/changes.ts";
import type { Store } from "#adapters/store/open-store.ts";
import {
  findRegionDocument,
  listRegionDocuments,
  putRegionDocument,
  type RegionDocumentRecord,
} from "#adapters/store/region-documents.ts";
import { describeOnEachStore } from "./temporary-store.ts";
import { until } from "./until.ts";

function document(epoch: number, generation: number): RegionDocumentRecord {
  return {
    region: "eu-west-1",
    epoch,
    generation,
    etag: `"${epoch}-${generation}"`,
    bytes: new Uint8Array([0, 255, 1, 128, generation]),
    signature: "c2lnbmF0dXJl",
    updatedAtMs: Date.UTC(2026, 5, 1),
  };
}

describeOnEachStore("region documents", (place) => {
  let store: Store;
  beforeAll(async () => {
    store = await place.open();
  });
  beforeEach(async () => {
    await store.db.deleteFrom("region_documents").execute();
  });

  it("come back byte for byte", async () => {
    expect(await findRegionDocument(store.db, "eu-west-1")).toBeNull();
    await putRegionDocument(store.db, document(1, 1));
    const found = await findRegionDocument(store.db, "eu-west-1");
    expect({ ...found, bytes: new Uint8Array(found?.bytes ?? []) }).toEqual(document(1, 1));
    expect(await listRegionDocuments(store.db)).toHaveLength(1);
  });

  it.each([
    ["a later generation", document(2, 6), "stored"],
    ["a later epoch, whatever its generation", document(3, 1), "stored"],
    ["the same document", document(2, 5), "unchanged"],
    ["the same generation signed with another key", { ...document(2, 5), signature: "other" }, "stored"],
    ["an earlier generation", document(2, 4), "stale"],
    ["an earlier epoch, whatever its generation", document(1, 9), "stale"],
  ])("meet %s", async (_what, next, outcome) => {
    await putRegionDocument(store.db, document(2, 5));
    expect(await putRegionDocument(store.db, next)).toBe(outcome);
    const { epoch, generation, signature } = outcome === "stale" ? document(2, 5) : next;
    expect(await findRegionDocument(store.db, "eu-west-1")).toMatchObject({ epoch, generation, signature });
  });

  it("never fall when slow and fast writers meet", async () => {
    const generations = [3, 9, 1, 7, 2, 8, 5, 6, 4];
    await Promise.all(generations.map((generation) => putRegionDocument(store.db, document(1, generation))));
    expect(await findRegionDocument(store.db, "eu-west-1")).toMatchObject({ generation: 9 });
  });

  it("are announced when they change, and only then", async () => {
    const changes: Change[] = [];
    const stop = store.onChange((change) => changes.push(change));
    await putRegionDocument(store.db, document(1, 1));
    await putRegionDocument(store.db, document(1, 1));
    await putRegionDocument(store.db, document(1, 0));
    await putRegionDocument(store.db, document(1, 2));
    await until(() => changes.length >= 2);
    expect(changes).toEqual([
      { kind: "region", region: "eu-west-1" },
      { kind: "region", region: "eu-west-1" },
    ]);
    stop();
  });
});

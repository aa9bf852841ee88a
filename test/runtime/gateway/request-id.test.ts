import { describe, expect, it } from "@jest/globals";
import { makeRequestIds } from "#runtime/gateway/request-id.ts";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

describe("makeRequestIds", () => {
  it("gives no name twice, in the form of UUIDs", () => {
    const [first, second] = [makeRequestIds(), makeRequestIds()];
    const names = Array.from({ length: 300 }, () => [first(), second()]).flat();
    expect(new Set(names).size).toBe(600);
    expect(names.filter((name) => !UUID.test(name))).toEqual([]);
  });
});

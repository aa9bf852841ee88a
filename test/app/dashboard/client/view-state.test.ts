import { describe, expect, it } from "@jest/globals";
import { type ViewState, parseViewState, viewStateUrl } from "#app/dashboard/client/view-state.ts";

const plain: ViewState = { query: "", state: "all", inspected: { kind: "nothing" } };

describe("the address of a view", () => {
  it.each<[string, ViewState]>([
    ["/", plain],
    ["/?q=team-art+%26co", { ...plain, query: "team-art &co" }],
    ["/?state=failed", { ...plain, state: "failed" }],
    ["/?script=artwork@4", { ...plain, inspected: { kind: "script", unit: "artwork@4" } }],
    ["/?q=a&region=eu-west-1", { ...plain, query: "a", inspected: { kind: "region", name: "eu-west-1" } }],
  ])("%s names a view and leads back to it", (url, view) => {
    expect(viewStateUrl(view)).toBe(url);
    expect(parseViewState(url.slice(1))).toEqual(view);
  });

  it("ignores what it does not know", () => {
    expect(parseViewState("?state=<b>&x=1")).toEqual(plain);
  });

  it("bounds the query", () => {
    expect(parseViewState(`?q=${"a".repeat(5000)}`).query).toHaveLength(200);
  });
});

import { describe, expect, it } from "@jest/globals";
import { stickyKey } from "#runtime/gateway/sticky-key.ts";

const caller = {
  headers: { "x-user": "ann", "x-user-id": "7", cookie: "a=1; viewer=abc=d; viewer=late; empty=" },
  remoteAddress: "10.1.2.3",
};

describe("stickyKey", () => {
  it.each([
    ["a header, whatever its case", "header:X-User", "ann"],
    ["the user id", "user", "7"],
    ["the first cookie of the name, whole", "cookie:viewer", "abc=d"],
    ["the address", "ip", "10.1.2.3"],
    ["nothing for a header that is not there", "header:x-other", null],
    ["nothing for a cookie that is not there", "cookie:other", null],
    ["nothing for a cookie without a value", "cookie:empty", null],
    ["nothing for a way that it does not know", "planet:mars", null],
  ])("takes %s", (_case, stickyBy, expected) => {
    expect(stickyKey(stickyBy, caller)).toBe(expected);
  });
});

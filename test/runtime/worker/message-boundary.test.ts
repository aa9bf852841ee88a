import { describe, expect, it } from "@jest/globals";
import { MessageBoundary } from "#runtime/worker/message-boundary.ts";

const HEAD = "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\n\r\n";

function after(...chunks: readonly string[]): MessageBoundary {
  const boundary = new MessageBoundary();
  for (const chunk of chunks) boundary.read(Buffer.from(chunk));
  return boundary;
}

describe("MessageBoundary", () => {
  it.each<[string, string[], number | null, boolean]>([
    ["a request in one piece", [`${HEAD}abc`], 3, true],
    ["a head and then its body", [HEAD, "a", "bc"], 3, true],
    ["a head that is cut in its end", [HEAD.slice(0, -2), "\r\nabc"], 3, true],
    ["a head byte by byte", `${HEAD}abc`.split(""), 3, true],
    ["a request with the beginning of the next", [`${HEAD}abcG`], 3, false],
    ["a body without a length", [`${HEAD}abc`], null, false],
    ["what has no head", ["abc"], 3, false],
  ])("tells whether %s is all that was read", (_case, chunks, bodyBytes, expected) => {
    expect(after(...chunks).isAtEndOf(bodyBytes)).toBe(expected);
  });

  it("tells it of each request in turn, until it once cannot", () => {
    const boundary = after(`${HEAD}abc`);
    expect(boundary.isAtEndOf(3)).toBe(true);
    boundary.read(Buffer.from(`${HEAD}abc`));
    expect(boundary.isAtEndOf(3)).toBe(true);
    boundary.read(Buffer.from(`${HEAD}abcPOST`));
    expect(boundary.isAtEndOf(3)).toBe(false);
    boundary.read(Buffer.from(`${HEAD}abc`));
    expect(boundary.isAtEndOf(3)).toBe(false);
  });
});

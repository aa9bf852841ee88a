import { describe, expect, it } from "@jest/globals";
import { ResponseReader } from "./response-reader.ts";

const PLAIN = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
const CHUNKED = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n";

describe("reading answers off a connection", () => {
  it.each([
    ["a length", PLAIN],
    ["chunks", CHUNKED],
  ])("reads a body by %s, however its bytes are cut", (_, text) => {
    const bytes = Buffer.from(text);
    for (let cut = 1; cut < bytes.length; cut += 1) {
      const reader = new ResponseReader();
      expect(reader.push(bytes.subarray(0, cut))).toBeNull();
      expect(reader.push(bytes.subarray(cut))).toEqual({ status: 200, body: "hello", keepsAlive: true });
    }
  });

  it("reads one answer after the other", () => {
    const reader = new ResponseReader();
    expect(reader.push(Buffer.from(PLAIN))?.body).toBe("hello");
    expect(
      reader.push(Buffer.from("HTTP/1.1 503 No\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")),
    ).toEqual({
      status: 503,
      body: "",
      keepsAlive: false,
    });
  });
});

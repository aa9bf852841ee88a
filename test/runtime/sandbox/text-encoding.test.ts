import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { openIsolate, type InIsolate } from "./in-isolate.ts";

let world: InIsolate;

beforeAll(async () => {
  world = await openIsolate();
});

afterAll(() => {
  world.dispose();
});

/** The name of the error that the expression throws or rejects with, or "none". */
const failureOf = async (expression: string): Promise<unknown> =>
  world.run(
    `(async () => { try { await (${expression}); return "none" } catch (error) { return error.name } })()`,
  );

describe("TextEncoder and TextDecoder", () => {
  it.each([
    [
      "encode and decode",
      `new TextDecoder().decode(new TextEncoder().encode("a\u{1f600}\u00e9\\0"))`,
      "a\u{1f600}\u00e9\u0000",
    ],
    [
      "encode lone surrogates as U+FFFD",
      `[...new TextEncoder().encode("\ud800a")]`,
      [0xef, 0xbf, 0xbd, 0x61],
    ],
    ["encode nothing for undefined", `new TextEncoder().encode(undefined).length`, 0],
    [
      "write whole characters only",
      `(() => { const b = new Uint8Array(4); return [new TextEncoder().encodeInto("a\u20acb\u20ac", b), [...b]] })()`,
      [{ read: 2, written: 4 }, [0x61, 0xe2, 0x82, 0xac]],
    ],
    [
      "decode what is ill-formed by maximal subparts",
      `new TextDecoder().decode(new Uint8Array([0xf0, 0x9f, 0x41, 0xc0, 0xed, 0xa0, 0x80]))`,
      "\ufffdA\ufffd\ufffd\ufffd\ufffd",
    ],
    [
      "strip one byte order mark",
      `new TextDecoder().decode(new Uint8Array([0xef, 0xbb, 0xbf, 0xef, 0xbb, 0xbf, 0x61]))`,
      "\ufeffa",
    ],
    [
      "keep the byte order mark when told to",
      `new TextDecoder("utf-8", { ignoreBOM: true }).decode(new Uint8Array([0xef, 0xbb, 0xbf]))`,
      "\ufeff",
    ],
    [
      "decode a stream in parts",
      `(() => { const d = new TextDecoder(); return [0xf0, 0x9f, 0x98, 0x80].map((b) => d.decode(new Uint8Array([b]), { stream: true })).join("|") + d.decode() })()`,
      "|||\u{1f600}",
    ],
    [
      "flush what a stream left",
      `(() => { const d = new TextDecoder(); d.decode(new Uint8Array([0xe2, 0x82]), { stream: true }); return d.decode() })()`,
      "\ufffd",
    ],
    [
      "decode UTF-16",
      `[new TextDecoder("utf-16le").decode(new Uint8Array([0xff, 0xfe, 0x61, 0, 0x3d, 0xd8, 0, 0xde])), new TextDecoder("utf-16be").decode(new Uint8Array([0, 0x61]))]`,
      ["a\u{1f600}", "a"],
    ],
    [
      "decode Latin-1 as windows-1252",
      `[new TextDecoder("latin1").encoding, new TextDecoder("ascii").decode(new Uint8Array([0x80, 0xe9]))]`,
      ["windows-1252", "\u20ac\u00e9"],
    ],
    [
      "decode encodings of several bytes",
      `new TextDecoder("shift_jis").decode(new Uint8Array([0x82, 0xa0]))`,
      "\u3042",
    ],
    [
      "read labels loosely",
      `[new TextDecoder(" UTF8 ").encoding, new TextDecoder("Unicode").encoding]`,
      ["utf-8", "utf-16le"],
    ],
    [
      "read views and buffers",
      `[new TextDecoder().decode(new Uint8Array([1, 97, 98, 1]).subarray(1, 3)), new TextDecoder().decode(new Uint8Array([97]).buffer)]`,
      ["ab", "a"],
    ],
    [
      "turn to base64 and back",
      `[btoa("h\u00e9llo"), atob("aGk"), atob(" a G k = ")]`,
      ["aOlsbG8=", "hi", "hi"],
    ],
    [
      "encode long texts",
      `new TextDecoder().decode(new TextEncoder().encode("\u00e9x".repeat(50000))).length`,
      100_000,
    ],
  ])("%s", async (_behaviour, expression, expected) => {
    expect(await world.run(expression)).toEqual(expected);
  });

  it.each([
    ["a label of no encoding", `new TextDecoder("nope")`, "RangeError"],
    ["the replacement encoding", `new TextDecoder("hz-gb-2312")`, "RangeError"],
    [
      "ill-formed bytes when told to",
      `new TextDecoder("utf-8", { fatal: true }).decode(new Uint8Array([0xff]))`,
      "TypeError",
    ],
    [
      "an unfinished character when told to",
      `new TextDecoder("utf-8", { fatal: true }).decode(new Uint8Array([0xe2, 0x82]))`,
      "TypeError",
    ],
    ["what holds no bytes", `new TextDecoder().decode("a")`, "TypeError"],
    ["a target that is no Uint8Array", `new TextEncoder().encodeInto("a", new Uint16Array(1))`, "TypeError"],
    ["base64 of wrong length", `atob("a")`, "InvalidCharacterError"],
    ["characters outside of Latin-1", `btoa("\u0100")`, "InvalidCharacterError"],
  ])("refuse %s", async (_what, expression, name) => {
    expect(await failureOf(expression)).toBe(name);
  });
});

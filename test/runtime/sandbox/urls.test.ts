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

describe("URL", () => {
  it.each([
    [
      "normalizes",
      `new URL("/a/../b?x=1#h", "https://Example.COM:443/c").href`,
      "https://example.com/b?x=1#h",
    ],
    [
      "resolves a path against a plain base",
      `new URL("/p?q=1", "http://h:8080/a/b").href`,
      "http://h:8080/p?q=1",
    ],
    ["resolves a relative path", `new URL("c", "http://h/a/b").href`, "http://h/a/c"],
    ["keeps a scheme-relative address apart", `new URL("//g/p", "http://h/").href`, "http://g/p"],
    [
      "tells the parts",
      `(() => { const u = new URL("http://u:p@h:81/a/b?c=d#e"); return [u.protocol, u.username, u.password, u.host, u.hostname, u.port, u.pathname, u.search, u.hash, u.origin] })()`,
      ["http:", "u", "p", "h:81", "h", "81", "/a/b", "?c=d", "#e", "http://h:81"],
    ],
    ["drops a default port", `new URL("https://h:443/").host`, "h"],
    [
      "reads odd IPv4 addresses",
      `[new URL("http://127.1/").hostname, new URL("http://0x7f000001/").hostname]`,
      ["127.0.0.1", "127.0.0.1"],
    ],
    ["encodes international names", `new URL("http://münchen.example/").hostname`, "xn--mnchen-3ya.example"],
    ["removes dot segments", `new URL("http://h/a/./b/../c").pathname`, "/a/c"],
    ["encodes what a path cannot hold", `new URL("http://h/a b\u00e9").pathname`, "/a%20b%C3%A9"],
    ["leaves an empty query and fragment in href", `new URL("http://h/?#").href`, "http://h/?#"],
    [
      "sets parts by the web's rules",
      `(() => { const u = new URL("http://h/p"); u.pathname = "/\u00e9"; u.port = 81; u.hash = "x"; u.protocol = "https"; return u.href })()`,
      "https://h:81/%C3%A9#x",
    ],
    [
      "ignores parts that cannot be",
      `(() => { const u = new URL("http://h/p"); u.port = "99999"; u.protocol = "foo"; return u.href })()`,
      "http://h/p",
    ],
    [
      "is text by its href",
      `[String(new URL("http://h")), JSON.stringify(new URL("http://h"))]`,
      ["http://h/", '"http://h/"'],
    ],
    [
      "tests without throwing",
      `[URL.canParse("nonsense"), URL.canParse("a", "http://h"), URL.parse("nonsense"), URL.parse("http://h").href]`,
      [false, true, null, "http://h/"],
    ],
    ["has an opaque origin elsewhere", `new URL("data:text/plain,x").origin`, "null"],
    ["makes lone surrogates whole", `new URL("http://h/?\ud800").search`, "?%EF%BF%BD"],
    [
      "follows its parameters",
      `(() => { const u = new URL("http://h/p#f"); u.searchParams.set("q", "a b&c"); return u.href })()`,
      "http://h/p?q=a+b%26c#f",
    ],
    [
      "drops the query with its last parameter",
      `(() => { const u = new URL("http://h/p?a"); u.searchParams.delete("a"); return u.href })()`,
      "http://h/p",
    ],
    [
      "is followed by its parameters",
      `(() => { const u = new URL("http://h/p?a=1"); const p = u.searchParams; u.search = "?b=2"; const one = p.get("b"); u.href = "http://h/?c=3"; return [one, p.get("c"), p === u.searchParams] })()`,
      ["2", "3", true],
    ],
    [
      "is a proper global",
      `(() => { const { writable, enumerable, configurable } = (URL, Object.getOwnPropertyDescriptor(globalThis, "URL")); return [writable, enumerable, configurable, URL.name, URL.length] })()`,
      [true, false, true, "URL", 1],
    ],
  ])("%s", async (_behaviour, expression, expected) => {
    expect(await world.run(expression)).toEqual(expected);
  });

  it.each([
    ["what is no URL", `new URL("nonsense")`],
    ["a base that is none", `new URL("/a", "b")`],
    ["a port over 65535", `new URL("http://h:65536/")`],
    ["an href that is none", `new URL("http://h").href = "x"`],
    ["a missing argument", `new URL()`],
    ["another object", `Object.getOwnPropertyDescriptor(URL.prototype, "href").get.call({})`],
  ])("refuses %s", async (_what, expression) => {
    expect(await failureOf(expression)).toBe("TypeError");
  });
});

describe("URLSearchParams", () => {
  it.each([
    [
      "reads text with or without its question mark",
      `[new URLSearchParams("?a=1").get("a"), new URLSearchParams("a=1").get("a")]`,
      ["1", "1"],
    ],
    ["decodes plus signs and escapes", `new URLSearchParams("a=b+c%20d%26").get("a")`, "b c d&"],
    ["keeps ill-formed escapes", `new URLSearchParams("a=%zz%4").get("a")`, "%zz%4"],
    [
      "decodes ill-formed UTF-8 as replacement characters",
      `new URLSearchParams("a=%ff%41").get("a")`,
      "\ufffdA",
    ],
    ["keeps the order of doubles", `new URLSearchParams("a=1&b=2&a=3").getAll("a")`, ["1", "3"]],
    [
      "encodes as forms do",
      `new URLSearchParams({ q: "it's ~ *-._ \u00e9" }).toString()`,
      "q=it%27s+%7E+*-._+%C3%A9",
    ],
    [
      "takes pairs",
      `[...new URLSearchParams([["b", "2"], ["a", 1]])]`,
      [
        ["b", "2"],
        ["a", "1"],
      ],
    ],
    [
      "sorts by code units and stays stable",
      `(() => { const p = new URLSearchParams("z=1&a=2&z=0&\ufffd=x&\ud83c\udf08=y"); p.sort(); return [...p.keys()] })()`,
      ["a", "z", "z", "\ud83c\udf08", "\ufffd"],
    ],
    [
      "deletes and finds by value too",
      `(() => { const p = new URLSearchParams("a=1&a=2"); p.delete("a", "1"); return [p.toString(), p.has("a", "1"), p.size] })()`,
      ["a=2", false, 1],
    ],
    [
      "sets the first and drops the rest",
      `(() => { const p = new URLSearchParams("a=1&b=2&a=3"); p.set("a", "9"); return p.toString() })()`,
      "a=9&b=2",
    ],
  ])("%s", async (_behaviour, expression, expected) => {
    expect(await world.run(expression)).toEqual(expected);
  });

  it.each([
    ["an entry that is no pair", `new URLSearchParams([["a"]])`],
    ["a missing argument", `new URLSearchParams().append("a")`],
    ["another object", `URLSearchParams.prototype.get.call({}, "a")`],
  ])("refuses %s", async (_what, expression) => {
    expect(await failureOf(expression)).toBe("TypeError");
  });
});

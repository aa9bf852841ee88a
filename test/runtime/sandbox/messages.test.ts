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

describe("Response", () => {
  it.each([
    [
      "has the web's defaults",
      `(() => { const r = new Response(); return [r.status, r.statusText, r.ok, r.type, r.url, r.redirected, r.body, r.bodyUsed] })()`,
      [200, "", true, "default", "", false, null, false],
    ],
    ["names the type of text", `new Response("x").headers.get("content-type")`, "text/plain;charset=UTF-8"],
    [
      "names the type of parameters",
      `new Response(new URLSearchParams("a=1")).headers.get("content-type")`,
      "application/x-www-form-urlencoded;charset=UTF-8",
    ],
    [
      "names the type of a Blob",
      `new Response(new Blob(["x"], { type: "a/b" })).headers.get("content-type")`,
      "a/b",
    ],
    ["names no type of bytes", `new Response(new Uint8Array(1)).headers.get("content-type")`, null],
    [
      "keeps a type that was given",
      `new Response("x", { headers: { "content-type": "text/html" } }).headers.get("content-type")`,
      "text/html",
    ],
    ["reads as text, without the byte order mark", `new Response("\ufeffx").text()`, "x"],
    ["reads as JSON", `new Response('{"a":[1]}').json()`, { a: [1] }],
    ["reads as bytes", `new Response("\u00e9").bytes().then((b) => [...b])`, [0xc3, 0xa9]],
    [
      "reads as a buffer of its own",
      `(async () => { const given = new Uint8Array([1]); const r = new Response(given); given[0] = 2; return [...new Uint8Array(await r.arrayBuffer())] })()`,
      [1],
    ],
    [
      "reads as a Blob with its type",
      `new Response("x", { headers: { "content-type": "text/plain; charset=x" } }).blob().then((b) => [b.type, b.size])`,
      ["text/plain;charset=x", 1],
    ],
    [
      "reads as a form",
      `new Response(new URLSearchParams("a=1&b=%20")).formData().then((f) => [...f])`,
      [
        ["a", "1"],
        ["b", " "],
      ],
    ],
    [
      "is used once read",
      `(async () => { const r = new Response("x"); const p = r.text(); const during = r.bodyUsed; await p; return [during, r.bodyUsed] })()`,
      [true, true],
    ],
    [
      "clones with its body",
      `(async () => { const r = new Response("x", { status: 201, headers: { a: "1" } }); const c = r.clone(); return [c.status, c.headers.get("a"), await c.text(), await r.text()] })()`,
      [201, "1", "x", "x"],
    ],
    [
      "makes JSON",
      `(async () => { const r = Response.json({ a: 1 }, { status: 202 }); return [r.status, r.headers.get("content-type"), await r.text()] })()`,
      [202, "application/json", '{"a":1}'],
    ],
    [
      "makes redirects",
      `(() => { const r = Response.redirect("http://h/a b", 301); return [r.status, r.headers.get("location")] })()`,
      [301, "http://h/a%20b"],
    ],
    [
      "makes network errors",
      `(() => { const r = Response.error(); return [r.type, r.status] })()`,
      ["error", 0],
    ],
    ["wraps a status as the web does", `new Response(null, { status: 65736 }).status`, 200],
    [
      "has no other prototype behind it",
      `Object.getPrototypeOf(Response.prototype) === Object.prototype`,
      true,
    ],
  ])("%s", async (_behaviour, expression, expected) => {
    expect(await world.run(expression)).toEqual(expected);
  });

  it.each([
    ["a status under 200", `new Response("", { status: 199 })`, "RangeError"],
    ["a status over 599", `new Response("", { status: 600 })`, "RangeError"],
    ["a body where the status has none", `new Response("x", { status: 204 })`, "TypeError"],
    ["a status text with a line end", `new Response("", { statusText: "\\n" })`, "TypeError"],
    ["options that are no object", `new Response("", 1)`, "TypeError"],
    [
      "a second reading",
      `(async () => { const r = new Response("x"); await r.text(); await r.json() })()`,
      "TypeError",
    ],
    [
      "a clone after reading",
      `(async () => { const r = new Response("x"); await r.text(); r.clone() })()`,
      "TypeError",
    ],
    ["JSON of undefined", `Response.json(undefined)`, "TypeError"],
    ["a redirect with another status", `Response.redirect("http://h/", 200)`, "RangeError"],
    ["a redirect to no URL", `Response.redirect("/relative")`, "TypeError"],
    ["reading of another object", `Response.prototype.text.call({})`, "TypeError"],
    ["text that is no JSON", `new Response("{").json()`, "SyntaxError"],
    ["a type that is no form's", `new Response("a=1").formData()`, "TypeError"],
  ])("refuses %s", async (_what, expression, name) => {
    expect(await failureOf(expression)).toBe(name);
  });
});

describe("Request", () => {
  it.each([
    [
      "has the web's defaults",
      `(() => { const r = new Request("http://h"); return [r.url, r.method, r.mode, r.credentials, r.cache, r.redirect, r.referrer, r.integrity, r.keepalive, r.duplex, r.destination, r.body] })()`,
      [
        "http://h/",
        "GET",
        "cors",
        "same-origin",
        "default",
        "follow",
        "about:client",
        "",
        false,
        "half",
        "",
        null,
      ],
    ],
    [
      "normalizes known methods alone",
      `["get", "post", "patch", "Foo"].map((method) => new Request("http://h", { method }).method)`,
      ["GET", "POST", "patch", "Foo"],
    ],
    [
      "copies another request",
      `(async () => { const a = new Request("http://h", { method: "POST", body: "x", headers: { a: "1" }, redirect: "manual" }); const b = new Request(a); return [b.method, b.redirect, b.headers.get("a"), a.bodyUsed, await b.text()] })()`,
      ["POST", "manual", "1", true, "x"],
    ],
    [
      "takes over the other request's body where the init's is null",
      `(async () => { const a = new Request("http://h", { method: "POST", body: "x" }); const b = new Request(a, { body: null }); return [a.bodyUsed, await b.text()] })()`,
      [true, "x"],
    ],
    [
      "overrides what it copies",
      `new Request(new Request("http://h", { method: "PUT", body: "x" }), { method: "POST", body: "y" }).text()`,
      "y",
    ],
    [
      "clones",
      `(async () => { const a = new Request("http://h", { method: "POST", body: "x" }); const b = a.clone(); return [await a.text(), await b.text()] })()`,
      ["x", "x"],
    ],
    [
      "follows its signal",
      `(() => { const c = new AbortController(); const r = new Request("http://h", { signal: c.signal }); c.abort("why"); return [r.signal.aborted, r.signal.reason, r.signal !== c.signal] })()`,
      [true, "why", true],
    ],
    [
      "has a signal of its own",
      `(() => { const r = new Request("http://h"); return [r.signal.aborted, r.signal === r.signal] })()`,
      [false, true],
    ],
    [
      "resolves against the location if a script sets one",
      `(() => { globalThis.location = { href: "http://base/dir/" }; const { url } = new Request("x"); delete globalThis.location; return url })()`,
      "http://base/dir/x",
    ],
  ])("%s", async (_behaviour, expression, expected) => {
    expect(await world.run(expression)).toEqual(expected);
  });

  it.each([
    ["a forbidden method", `new Request("http://h", { method: "TRACE" })`],
    ["a method that is no token", `new Request("http://h", { method: "a b" })`],
    ["a body with GET", `new Request("http://h", { body: "x" })`],
    ["credentials in the URL", `new Request("http://u:p@h")`],
    ["what is no URL", `new Request("http://:x")`],
    ["an unknown mode", `new Request("http://h", { mode: "x" })`],
    ["the mode navigate", `new Request("http://h", { mode: "navigate" })`],
    ["only-if-cached with cors", `new Request("http://h", { cache: "only-if-cached" })`],
    ["a window", `new Request("http://h", { window: {} })`],
    ["a signal that is none", `new Request("http://h", { signal: {} })`],
    ["a stream without duplex", `new Request("http://h", { method: "POST", body: new ReadableStream() })`],
    [
      "a used request",
      `(async () => { const r = new Request("http://h", { method: "POST", body: "x" }); await r.text(); new Request(r) })()`,
    ],
    ["a missing argument", `new Request()`],
    ["a relative address in fetch", `fetch("/relative")`],
    ["an aborted fetch's host", `fetch("http://h", { signal: AbortSignal.abort(new TypeError("x")) })`],
  ])("refuses %s", async (_what, expression) => {
    expect(await failureOf(expression)).toBe("TypeError");
  });
});

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

describe("Headers", () => {
  it.each([
    ["reads names without case", `new Headers({ "X-A": "1" }).get("x-a")`, "1"],
    ["gives null for what is not there", `new Headers().get("a")`, null],
    [
      "joins values of one name",
      `(() => { const h = new Headers([["a", "1"], ["A", "2"]]); return h.get("a") })()`,
      "1, 2",
    ],
    ["trims values", `new Headers({ a: "\\t 1 \\r\\n" }).get("a")`, "1"],
    [
      "iterates sorted by name, in lower case",
      `[...new Headers({ B: "2", a: "1" })]`,
      [
        ["a", "1"],
        ["b", "2"],
      ],
    ],
    [
      "iterates each set-cookie by itself",
      `[...new Headers([["set-cookie", "a"], ["set-cookie", "b"]]).values()]`,
      ["a", "b"],
    ],
    [
      "lists set-cookie",
      `new Headers([["Set-Cookie", "a=1, b"], ["set-cookie", "c"]]).getSetCookie()`,
      ["a=1, b", "c"],
    ],
    [
      "replaces every value on set",
      `(() => { const h = new Headers([["a", "1"], ["a", "2"]]); h.set("A", "3"); return [...h] })()`,
      [["a", "3"]],
    ],
    [
      "deletes every value",
      `(() => { const h = new Headers([["a", "1"], ["a", "2"]]); h.delete("A"); return h.has("a") })()`,
      false,
    ],
    ["copies another Headers object", `[...new Headers(new Headers({ a: "1" }))]`, [["a", "1"]]],
    [
      "takes only the enumerable properties of an object",
      `[...new Headers(Object.create({ b: "2" }, { a: { value: "1", enumerable: true }, c: { value: "3" } }))]`,
      [["a", "1"]],
    ],
    [
      "looks at an object's properties once each, and once whether it is iterable",
      `(() => {
        const seen = [];
        new Headers(new Proxy({ a: "1" }, {
          get: (target, key) => { seen.push("get " + String(key)); return target[key] },
          ownKeys: (target) => { seen.push("keys"); return Reflect.ownKeys(target) },
        }));
        return seen;
      })()`,
      ["get Symbol(Symbol.iterator)", "keys", "get a"],
    ],
    [
      "asks an iterable once for its iterator",
      `(() => {
        let asked = 0;
        const pairs = { get [Symbol.iterator]() { asked += 1; return () => [["a", "1"]].values() } };
        return [...new Headers(pairs), asked];
      })()`,
      [["a", "1"], 1],
    ],
    [
      "tells forEach value, name and itself",
      `(() => { const seen = []; const h = new Headers({ a: "1" }); h.forEach((v, n, o) => seen.push(v, n, o === h)); return seen })()`,
      ["1", "a", true],
    ],
    [
      "iterates live",
      `(() => { const h = new Headers({ a: "1" }); const seen = []; for (const [name] of h) { seen.push(name); if (name === "a") h.set("b", "2") } return seen })()`,
      ["a", "b"],
    ],
    ["names itself", `Object.prototype.toString.call(new Headers())`, "[object Headers]"],
    [
      "names its iterator",
      `Object.prototype.toString.call(new Headers().entries())`,
      "[object Headers Iterator]",
    ],
    ["iterates by its entries", `Headers.prototype[Symbol.iterator] === Headers.prototype.entries`, true],
    [
      "has enumerable methods",
      `Object.keys(Headers.prototype)`,
      ["append", "delete", "get", "getSetCookie", "has", "set", "entries", "keys", "values", "forEach"],
    ],
    [
      "counts required arguments",
      `[Headers.length, Headers.prototype.append.length, Headers.prototype.get.length, Headers.prototype.forEach.length]`,
      [0, 2, 1, 1],
    ],
    [
      "lets a response set cookies",
      `new Response("", { headers: { "set-cookie": "a=1" } }).headers.get("set-cookie")`,
      "a=1",
    ],
    [
      "lets a request send cookies",
      `new Request("http://h/", { headers: { cookie: "a=1" } }).headers.get("cookie")`,
      "a=1",
    ],
    [
      "keeps the connection's headers out of a request",
      `[...new Request("http://h/", { headers: { host: "x", "content-length": "1", connection: "close" } }).headers]`,
      [],
    ],
    [
      "keeps all but safe headers out of a no-cors request",
      `[...new Request("http://h/", { mode: "no-cors", headers: { accept: "a/b", "x-a": "1" } }).headers]`,
      [["accept", "a/b"]],
    ],
  ])("%s", async (_behaviour, expression, expected) => {
    expect(await world.run(expression)).toEqual(expected);
  });

  it.each([
    ["a name that is no token", `new Headers({ "a b": "1" })`],
    ["an empty name", `new Headers().get("")`],
    ["a value with a line end inside", `new Headers({ a: "1\\r\\nb: 2" })`],
    ["a value with a null character", `new Headers({ a: "1\\0" })`],
    ["a value that no byte string can hold", `new Headers({ a: "\u0100" })`],
    ["a pair of three", `new Headers([["a", "1", "2"]])`],
    ["null", `new Headers(null)`],
    ["a number", `new Headers(1)`],
    ["a symbol as a value", `new Headers({ a: Symbol() })`],
    ["a missing argument", `new Headers().append("a")`],
    ["another object", `Headers.prototype.get.call({}, "a")`],
    ["being called without new", `Headers()`],
    ["a change of what Response.redirect made", `Response.redirect("http://h/").headers.set("a", "1")`],
  ])("refuses %s", async (_what, expression) => {
    expect(await failureOf(expression)).toBe("TypeError");
  });
});

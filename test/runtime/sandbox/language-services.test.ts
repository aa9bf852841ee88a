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

describe("structuredClone", () => {
  it.each([
    [
      "copies what JSON cannot",
      `(() => { const c = structuredClone({ d: new Date(5), m: new Map([[1, new Set([2])]]), r: /a/gi, u: undefined, n: -0, b: 1n }); return [c.d.getTime(), [...c.m.get(1)], String(c.r), "u" in c, Object.is(c.n, -0), typeof c.b] })()`,
      [5, [2], "/a/gi", true, true, "bigint"],
    ],
    [
      "keeps cycles and shared parts",
      `(() => { const a = { x: {} }; a.self = a; a.y = a.x; const c = structuredClone(a); return [c.self === c, c.y === c.x, c !== a] })()`,
      [true, true, true],
    ],
    [
      "copies errors",
      `(() => { const c = structuredClone(new RangeError("m", { cause: 1 })); return [c instanceof RangeError, c.message, c.cause] })()`,
      [true, "m", 1],
    ],
    [
      "copies views over one buffer",
      `(() => { const b = new ArrayBuffer(4); const c = structuredClone([new Uint8Array(b, 1, 2), new Uint16Array(b)]); return [c[0].buffer === c[1].buffer, c[0].byteOffset, c[0].length, c[0].buffer !== b] })()`,
      [true, 1, 2, true],
    ],
    [
      "moves what is transferred",
      `(() => { const b = new ArrayBuffer(4); const c = structuredClone(b, { transfer: [b] }); return [b.byteLength, c.byteLength] })()`,
      [0, 4],
    ],
    [
      "leaves prototypes behind",
      `(() => { class A { x = 1 } const c = structuredClone(new A()); return [c.x, c instanceof A] })()`,
      [1, false],
    ],
    [
      "keeps holes",
      `(() => { const c = structuredClone([1, , 3]); return [c.length, 1 in c] })()`,
      [3, false],
    ],
  ])("%s", async (_behaviour, expression, expected) => {
    expect(await world.run(expression)).toEqual(expected);
  });

  it.each([
    ["a function", `structuredClone(() => {})`],
    ["a symbol", `structuredClone({ a: Symbol() })`],
    ["a promise", `structuredClone(Promise.resolve())`],
    ["a weak map", `structuredClone(new WeakMap())`],
    ["an object of the platform", `structuredClone(new Headers())`],
  ])("refuses %s", async (_what, expression) => {
    expect(await failureOf(expression)).toBe("DataCloneError");
  });
});

describe("events and aborts", () => {
  it.each([
    [
      "call listeners once each, in order",
      `(() => { const t = new EventTarget(); const seen = []; const f = () => seen.push("f"); t.addEventListener("x", f); t.addEventListener("x", f); t.addEventListener("x", { handleEvent(e) { seen.push(e.type, e.target === t) } }, { once: true }); t.dispatchEvent(new Event("x")); t.dispatchEvent(new Event("x")); return seen })()`,
      ["f", "x", true, "f"],
    ],
    [
      "read a listener's options even where there is no listener",
      `(() => { const seen = []; const options = new Proxy({}, { get(target, key) { seen.push(key) } }); new EventTarget().addEventListener("x", null, options); return seen })()`,
      ["capture", "once", "passive", "signal"],
    ],
    [
      "can be canceled",
      `(() => { const t = new EventTarget(); t.addEventListener("x", (e) => e.preventDefault()); return [t.dispatchEvent(new Event("x", { cancelable: true })), t.dispatchEvent(new Event("x"))] })()`,
      [false, true],
    ],
    ["carry details", `new CustomEvent("x", { detail: 5 }).detail`, 5],
    [
      "abort with a reason, once",
      `(() => { const c = new AbortController(); let n = 0; c.signal.onabort = () => n++; c.abort("a"); c.abort("b"); return [c.signal.aborted, c.signal.reason, n] })()`,
      [true, "a", 1],
    ],
    [
      "abort with an AbortError by default",
      `(() => { const e = AbortSignal.abort().reason; return [e.name, e.code, e instanceof DOMException, e instanceof Error] })()`,
      ["AbortError", 20, true, true],
    ],
    [
      "abort after a time",
      `new Promise((r) => { const s = AbortSignal.timeout(1); s.addEventListener("abort", () => r(s.reason.name)) })`,
      "TimeoutError",
    ],
    [
      "follow any of several signals",
      `(() => { const a = new AbortController(), b = new AbortController(); const s = AbortSignal.any([AbortSignal.any([a.signal]), b.signal]); a.abort(1); b.abort(2); return s.reason })()`,
      1,
    ],
    [
      "take a listener away on abort",
      `(() => { const t = new EventTarget(), c = new AbortController(); let n = 0; t.addEventListener("x", () => n++, { signal: c.signal }); c.abort(); t.dispatchEvent(new Event("x")); return n })()`,
      0,
    ],
    [
      "reject fetch with the reason",
      `(async () => { const c = new AbortController(); const p = fetch("http://h/", { signal: c.signal }); c.abort("stop"); return p.catch((e) => e) })()`,
      "stop",
    ],
  ])("%s", async (_behaviour, expression, expected) => {
    expect(await world.run(expression)).toEqual(expected);
  });
});

describe("crypto, timers and the rest", () => {
  it.each([
    [
      "make UUIDs",
      `/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(crypto.randomUUID()) && crypto.randomUUID() !== crypto.randomUUID()`,
      true,
    ],
    [
      "fill arrays with random values",
      `(() => { const a = new Uint32Array(8); return [crypto.getRandomValues(a) === a, a.some((n) => n !== 0)] })()`,
      [true, true],
    ],
    [
      "digest",
      `crypto.subtle.digest({ name: "sha-256" }, new TextEncoder().encode("abc")).then((d) => [...new Uint8Array(d)].slice(0, 4))`,
      [0xba, 0x78, 0x16, 0xbf],
    ],
    [
      "run timers in order",
      `new Promise((r) => { const seen = []; setTimeout((x) => { seen.push(x); r(seen) }, 20, "b"); setTimeout(() => seen.push("a"), 1) })`,
      ["a", "b"],
    ],
    [
      "stop intervals",
      `new Promise((r) => { let n = 0; const t = setInterval(() => { if (++n === 3) { clearInterval(t); r(n) } }, 1) })`,
      3,
    ],
    [
      "run microtasks before timers",
      `new Promise((r) => { const seen = []; setTimeout(() => r(seen), 1); queueMicrotask(() => seen.push("soon")) })`,
      ["soon"],
    ],
    ["have a clock", `typeof performance.now() + (performance.now() >= 0)`, "numbertrue"],
    ["name the runtime", `navigator.userAgent`, "Showrunner"],
    ["call other scripts by name", `env.scripts.catalog.fetch("/x").catch((e) => e.name)`, "TypeError"],
  ])("%s", async (_behaviour, expression, expected) => {
    expect(await world.run(expression)).toEqual(expected);
  });

  it.each([
    ["more random bytes than allowed", `crypto.getRandomValues(new Uint8Array(65537))`, "QuotaExceededError"],
    ["random floats", `crypto.getRandomValues(new Float32Array(1))`, "TypeMismatchError"],
    ["an unknown digest", `crypto.subtle.digest("MD5", new Uint8Array())`, "NotSupportedError"],
    ["a microtask that is no function", `queueMicrotask(1)`, "TypeError"],
    ["being made by scripts", `new Crypto()`, "TypeError"],
  ])("refuse %s", async (_what, expression, name) => {
    expect(await failureOf(expression)).toBe(name);
  });

  it("write what the console is given, and errors that nobody caught", async () => {
    const before = world.logs.length;
    await world.run(
      `console.log("a", { b: [1n, new Map([[1, 2]])] }); setTimeout(() => { throw new Error("late") }, 1); new Promise((r) => setTimeout(r, 20))`,
    );
    const lines = world.logs.slice(before);
    expect(lines[0]).toBe('a {"b":["1n",[[1,2]]]}');
    expect(lines[1]).toMatch(/^Uncaught Error: late/);
  });
});

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

describe("bodies as streams", () => {
  it.each([
    [
      "give text as bytes",
      `(async () => { let text = ""; for await (const chunk of new Response("h\u00e9").body.pipeThrough(new TextDecoderStream())) text += chunk; return text })()`,
      "h\u00e9",
    ],
    [
      "come from a stream",
      `new Response(new ReadableStream({ start(c) { c.enqueue(new TextEncoder().encode("a")); c.enqueue(new Uint8Array([98])); c.close() } })).text()`,
      "ab",
    ],
    ["are handed on", `new Response(new Response("handed on").body).text()`, "handed on"],
    [
      "go through a TransformStream",
      `(async () => { const upper = new TransformStream({ transform(t, c) { c.enqueue(t.toUpperCase()) } }); return new Response(new Response("abc").body.pipeThrough(new TextDecoderStream()).pipeThrough(upper).pipeThrough(new TextEncoderStream())).text() })()`,
      "ABC",
    ],
    [
      "tell whether they are used",
      `(async () => { const r = new Response("x"); const reader = r.body.getReader(); const before = [r.bodyUsed, r.body.locked]; await reader.read(); return [...before, r.bodyUsed] })()`,
      [false, true, true],
    ],
    ["stay the same object", `(() => { const r = new Response("x"); return r.body === r.body })()`, true],
    [
      "give clones chunks of their own",
      `(async () => { const bytes = new Uint8Array([1]); const r = new Response(new ReadableStream({ start(c) { c.enqueue(bytes); c.close() } })); const c = r.clone(); const [a, b] = await Promise.all([r.body.getReader().read(), c.body.getReader().read()]); return [a.value === b.value, [...b.value]] })()`,
      [false, [1]],
    ],
    [
      "cannot be looked into through Object.prototype.then",
      `(async () => { const r = new Response(new ReadableStream({ start(c) { c.enqueue(new Uint8Array([104])); c.close() } })); const p = r.text(); Object.prototype.then = function (f) { f("stolen") }; queueMicrotask(() => {}); try { return await p } finally { delete Object.prototype.then } })()`,
      "h",
    ],
  ])("%s", async (_behaviour, expression, expected) => {
    expect(await world.run(expression)).toEqual(expected);
  });

  it.each([
    [
      "chunks that are no bytes",
      `new Response(new ReadableStream({ start(c) { c.enqueue("text"); c.close() } })).text()`,
    ],
    ["a locked stream", `(() => { const s = new ReadableStream(); s.getReader(); new Response(s) })()`],
    [
      "a stream that fails",
      `new Response(new ReadableStream({ start(c) { c.error(new TypeError("x")) } })).text()`,
    ],
  ])("refuse %s", async (_what, expression) => {
    expect(await failureOf(expression)).toBe("TypeError");
  });
});

describe("Blob, File and FormData", () => {
  it.each([
    ["join parts", `new Blob(["a", new Uint8Array([98]), new Blob(["c"])]).text()`, "abc"],
    ["cut slices", `new Blob(["hello"]).slice(-3, -1, "A/B").text().then((t) => t)`, "ll"],
    [
      "normalize types",
      `[new Blob([], { type: "A/B" }).type, new Blob([], { type: "\u00e9" }).type]`,
      ["a/b", ""],
    ],
    [
      "keep the case of a body's type, by which its form can be read again",
      `(async () => { const body = new Response("--AbC\\r\\nContent-Disposition: form-data; name=a\\r\\n\\r\\n1\\r\\n--AbC--\\r\\n", { headers: { "content-type": "Multipart/Form-Data; Boundary=AbC" } }); const blob = await body.blob(); return [blob.type, blob.slice(0, 1, "A/B").type, (await new Response(blob).formData()).get("a")] })()`,
      ["multipart/form-data;boundary=AbC", "a/b", "1"],
    ],
    [
      "ask a list of parts once for its iterator",
      `(async () => { let asked = 0; const blob = new Blob({ get [Symbol.iterator]() { asked += 1; return () => ["a"].values() } }); return [await blob.text(), asked] })()`,
      ["a", 1],
    ],
    [
      "name files",
      `(() => { const f = new File(["x"], "n.txt", { type: "a/b", lastModified: 5 }); return [f.name, f.size, f.lastModified, f instanceof Blob] })()`,
      ["n.txt", 1, 5, true],
    ],
    [
      "keep entries in order",
      `(() => { const f = new FormData(); f.append("a", 1); f.append("b", new Blob(["x"])); f.append("a", 2); return [f.getAll("a"), f.get("b").name, [...f.keys()]] })()`,
      [["1", "2"], "blob", ["a", "b", "a"]],
    ],
    [
      "cross as multipart and back",
      `(async () => { const f = new FormData(); f.set("t", "l1\\nl2"); f.set('q"', new File([new Uint8Array([0, 255, 13, 10])], "\u00e9.bin", { type: "x/y" })); const back = await new Response(f).formData(); const file = back.get('q"'); return [back.get("t"), file.name, file.type, [...await file.bytes()]] })()`,
      ["l1\r\nl2", "\u00e9.bin", "x/y", [0, 255, 13, 10]],
    ],
  ])("%s", async (_behaviour, expression, expected) => {
    expect(await world.run(expression)).toEqual(expected);
  });
});

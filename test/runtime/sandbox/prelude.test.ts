import { afterEach, describe, expect, it } from "@jest/globals";
import { openIsolate, type InIsolate, type InIsolateOptions } from "./in-isolate.ts";

const worlds: InIsolate[] = [];

afterEach(() => {
  for (const world of worlds.splice(0)) world.dispose();
});

async function open(options?: InIsolateOptions): Promise<InIsolate> {
  const world = await openIsolate(options);
  worlds.push(world);
  return world;
}

describe("the sandbox's world", () => {
  it("has nothing of Node, shared memory or WebAssembly", async () => {
    const world = await open();
    const names = [
      "SharedArrayBuffer",
      "Atomics",
      "WebAssembly",
      "process",
      "require",
      "Buffer",
      "ivm",
      "global",
    ];
    expect(await world.run(`${JSON.stringify(names)}.filter((name) => name in globalThis)`)).toEqual([]);
  });

  it("tells a script who and where it is, without letting it change that", async () => {
    const world = await open();
    expect(
      await world.run(
        "(() => { try { env.secrets.KEY = 'x'; env.values.limit = 4 } catch {} env.region = 'x'; return [env.secrets.KEY, env.script, env.region, env.values.limit] })()",
      ),
    ).toEqual(["s3cret-value", "probe", "eu-west-1", 3]);
  });

  it("sends calls to the host with their target", async () => {
    const seen: unknown[] = [];
    const world = await open({
      fetch: async ({ method, url, headers, body }, target) => {
        seen.push({ method, url, headers, body, target });
        return {
          ok: true,
          url: "http://h/end#f",
          redirected: true,
          response: { status: 201, headers: [["x-a", "1"]], body: { kind: "text", text: "hi" } },
        };
      },
    });
    expect(
      await world.run(
        "fetch('http://h/a', { method: 'POST', body: 'é', headers: { b: '2' } }).then(async (r) => [r.status, r.url, r.redirected, r.type, r.headers.get('X-A'), await r.text()])",
      ),
    ).toEqual([201, "http://h/end", true, "basic", "1", "hi"]);
    await world.run("env.scripts.catalog.fetch(new Request('http://any/items'))");
    expect(seen).toEqual([
      {
        method: "POST",
        url: "http://h/a",
        headers: [
          ["b", "2"],
          ["content-type", "text/plain;charset=UTF-8"],
        ],
        body: { kind: "text", text: "é" },
        target: { kind: "network" },
      },
      {
        method: "GET",
        url: "http://any/items",
        headers: [],
        body: { kind: "none" },
        target: { kind: "script", name: "catalog" },
      },
    ]);
  });

  it.each([
    [
      "globals",
      "for (const name of ['JSON', 'Promise', 'Map', 'Object', 'Reflect', 'Uint8Array', 'TypeError', 'Response', 'Math', 'Symbol']) globalThis[name] = null; 0",
    ],
    ["JSON's functions", "JSON.parse = JSON.stringify = () => { throw new Error('replaced') }; 0"],
    [
      "methods of arrays",
      "Array.prototype.push = Array.prototype.map = Array.prototype.filter = () => { throw new Error('replaced') }; 0",
    ],
    [
      "Object.prototype with setters",
      "for (const name of ['status', 'kind', 'body', 'headers', 'type']) Object.defineProperty(Object.prototype, name, { set() { throw new Error('set') }, get() { return 'x' }, configurable: true }); 0",
    ],
    [
      "the hidden class of a response",
      "Response.prototype.clone = null; Object.setPrototypeOf(Response.prototype, null); 0",
    ],
  ])("goes on answering after a script has replaced %s", async (_what, tampering) => {
    const world = await open();
    await world.run(tampering);
    expect(await world.run("6 * 7")).toBe(42);
    expect(world.logs).toEqual([]);
  });

  it("keeps its own references to the language's globals", async () => {
    const world = await open();
    await world.run(
      "for (const name of Object.getOwnPropertyNames(globalThis)) try { if (/^[A-Z]/.test(name)) delete globalThis[name] } catch {}; 0",
    );
    expect(
      await world.run("fetch('http://h/', { method: 'POST', body: 'x' }).catch((error) => error.message)"),
    ).toMatch(/no network/);
    expect(await world.run("structuredClone({ a: [1] })")).toEqual({ a: [1] });
    expect(await world.run("crypto.randomUUID().length")).toBe(36);
  });

  it("gives a script no function of its own in stack traces", async () => {
    const world = await open();
    const leaks = await world.run(`(() => {
      const ofUs = (site) => ["toByteString", "toPairs", "Headers"].includes(site.getFunctionName());
      Error.prepareStackTrace = (_error, sites) =>
        sites.filter(ofUs).map((site) => typeof site.getFunction() + typeof site.getThis());
      try { new Headers({ a: { toString() { throw new Error("look") } } }) } catch (error) { return error.stack }
    })()`);
    expect(leaks).toEqual(["undefinedundefined", "undefinedundefined", "undefinedundefined"]);
  });

  it("refuses to send a stream without an end", async () => {
    const world = await open();
    const endless = "new ReadableStream({ pull(c) { c.enqueue(new Uint8Array(1 << 20)) } })";
    expect(
      await world.run(
        `fetch("http://h/", { method: "POST", duplex: "half", body: ${endless} }).catch((error) => error.message)`,
      ),
    ).toMatch(/over 8 MiB/);
  });
});

import { afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { pino } from "pino";
import { parseBundle } from "#runtime/isolates/bundle-format.ts";
import type { FlatRequest } from "#runtime/isolates/dispatch-codec.ts";
import { IsolateInstance } from "#runtime/isolates/isolate-instance.ts";
import { buildPreludeSource } from "#runtime/isolates/prelude-source.ts";
import { sandboxModules } from "#runtime/isolates/sandbox-modules.ts";
import type { DispatchOutcome } from "#runtime/isolates/script-instance.ts";
import { ScriptLog } from "#runtime/isolates/script-log.ts";
import { TickScheduler } from "#runtime/isolates/tick-scheduler.ts";

const SETTINGS = {
  schema: 1,
  name: "probe",
  version: "1",
  route: "/probe",
  warmup: [],
  limits: { memoryMb: 32, cpuMs: 500, wallMs: 1000, concurrency: 10, responseMb: 1 },
  egress: [],
  secrets: [],
};
const IDENTITY = { script: "probe", version: "1", role: "stable", digest: `sha256:${"a".repeat(64)}` };

const scheduler = new TickScheduler({ onTick: () => {}, onTurn: () => {}, onTicked: () => {} });

let prelude: string;
const instances: IsolateInstance[] = [];

beforeAll(() => {
  prelude = buildPreludeSource();
});

afterEach(() => {
  for (const instance of instances.splice(0)) instance.dispose();
});

/** Runs `body` as the handler's body, with `request`, `env` and `ctx` in scope. */
async function run(body: string, request: Partial<FlatRequest> = {}): Promise<DispatchOutcome> {
  const code = `var __showrunner_script = { default: { async fetch(request, env, ctx) { ${body} } } };`;
  const parsed = parseBundle(`//showrunner ${JSON.stringify(SETTINGS)}\n${code}`);
  if (!parsed.ok) throw new Error(parsed.message);
  const started = await IsolateInstance.start(IDENTITY, parsed.bundle, {
    prelude,
    preludeModules: sandboxModules(),
    scheduler,
    cpuUs: () => {
      const { user, system } = process.threadCpuUsage();
      return user + system;
    },
    turnCpuMsMax: 500,
    onStrike: () => {},
    onDead: () => {},
    onTurn: () => {},
    region: "eu-west-1",
    node: "node-1",
    nowMs: Date.now,
    log: new ScriptLog(pino({ level: "silent" }), IDENTITY, {}, Date.now),
    fetch: async ({ url, method, body: sent }) => ({
      ok: true,
      url,
      redirected: false,
      response: {
        status: 201,
        headers: [["x-upstream", "yes"]],
        body: { kind: "text", text: JSON.stringify({ url, method, sent }) },
      },
    }),
    secrets: { KEY: "s3cret-value" },
  });
  if (!started.ok) throw new Error(`${started.failure.code}: ${started.failure.message}`);
  instances.push(started.instance);
  const { instance } = started;
  const expiring = setInterval(() => {
    instance.expire(performance.now());
  }, 20);
  const outcome = await new Promise<DispatchOutcome>((resolve) => {
    instance.dispatch(
      { method: "GET", url: "http://localhost/probe", headers: "", body: { kind: "none" }, ...request },
      { requestId: "request-1", wallMs: 2000 },
      resolve,
    );
  });
  clearInterval(expiring);
  return outcome;
}

/** The value that an expression has inside the sandbox, by JSON. */
async function valueOf(expression: string, request?: Partial<FlatRequest>): Promise<unknown> {
  const outcome = await run(`return Response.json({ value: await (${expression}) })`, request);
  if (outcome.kind !== "response" || outcome.response.body.kind !== "text")
    throw new Error(JSON.stringify(outcome));
  const parsed: { value?: unknown } = JSON.parse(outcome.response.body.text);
  return parsed.value;
}

describe("the sandbox's world", () => {
  it.each([
    ["typeof SharedArrayBuffer + typeof Atomics + typeof WebAssembly", "undefinedundefinedundefined"],
    ["typeof process + typeof require + typeof globalThis.ivm", "undefinedundefinedundefined"],
    [
      "[...new Set(['fetch', 'URL', 'Request', 'console', 'crypto'].map((name) => typeof globalThis[name]))]",
      ["function", "object"],
    ],
    ["env.secrets.KEY + env.script + env.region", "s3cret-valueprobeeu-west-1"],
    ["ctx.requestId", "request-1"],
    ["atob(btoa('héllo'))", "héllo"],
    ["atob('aGk')", "hi"],
    ["new TextDecoder().decode(new TextEncoder().encode('a😀é\\u0000'))", "a😀é\u0000"],
    ["new TextDecoder().decode(new Uint8Array([0xf0, 0x9f, 0x41, 0xc0]))", "\uFFFDA\uFFFD"],
    [
      "/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(crypto.randomUUID())",
      true,
    ],
    ["crypto.randomUUID() === crypto.randomUUID()", false],
    ["new Promise((resolve) => setTimeout(resolve, 1, 'later'))", "later"],
    [
      "new Promise((resolve) => { let n = 0; const t = setInterval(() => { if (++n === 3) { clearInterval(t); resolve(n) } }, 1) })",
      3,
    ],
    ["new Promise((resolve) => { queueMicrotask(() => resolve('soon')) })", "soon"],
    ["typeof performance.now()", "number"],
    [
      "fetch('http://up.test/x', { method: 'POST', body: 'hi' }).then((r) => r.json()).then((j) => j.sent.text)",
      "hi",
    ],
    [
      "fetch('http://up.test/x').then((r) => [r.status, r.ok, r.headers.get('X-Upstream'), r.url])",
      [201, true, "yes", "http://up.test/x"],
    ],
    ["fetch('http://up.test', { signal: AbortSignal.abort() }).catch((e) => e.name)", "AbortError"],
    ["fetch('/relative').catch((e) => e.name)", "TypeError"],
  ])("has %s", async (expression, expected) => {
    expect(await valueOf(expression)).toEqual(expected);
  });

  it.each([
    ["new URL('/a/../b?x=1#h', 'https://Example.COM:443/c').href", "https://example.com/b?x=1#h"],
    ["new URL('http://h/p?a=1&b=2').searchParams.get('b')", "2"],
    [
      "(() => { const u = new URL('http://h/p'); u.searchParams.set('q', 'a b&c'); return u.href })()",
      "http://h/p?q=a+b%26c",
    ],
    [
      "(() => { const u = new URL('http://h/p?a=1'); u.search = '?b=2'; return u.searchParams.get('b') })()",
      "2",
    ],
    [
      "(() => { const u = new URL('http://h/p'); u.pathname = '/é'; u.port = 81; return u.href })()",
      "http://h:81/%C3%A9",
    ],
    ["new URL('http://127.1/').hostname", "127.0.0.1"],
    ["URL.canParse('nonsense')", false],
    ["new URLSearchParams('a=1&a=%20&b=%zz').getAll('a')", ["1", " "]],
    ['new URLSearchParams({ q: "it\'s ~" }).toString()', "q=it%27s+%7E"],
    [
      "[...new URLSearchParams([['b', '2'], ['a', '1']])]",
      [
        ["b", "2"],
        ["a", "1"],
      ],
    ],
  ])("parses URLs: %s", async (expression, expected) => {
    expect(await valueOf(expression)).toEqual(expected);
  });

  it.each([
    [
      "[...new Headers({ B: '2', a: '1' })]",
      [
        ["a", "1"],
        ["b", "2"],
      ],
    ],
    [
      "(() => { const h = new Headers(); h.append('x', '1'); h.append('X', '2'); return h.get('x') })()",
      "1, 2",
    ],
    [
      "(() => { const h = new Headers(); h.append('Set-Cookie', 'a'); h.append('set-cookie', 'b'); return h.getSetCookie() })()",
      ["a", "b"],
    ],
    ["(() => { try { new Headers({ x: 'a\\r\\nb: c' }) } catch (e) { return e.name } })()", "TypeError"],
    ["new Response('x', { status: 201 }).clone().text()", "x"],
    ["new Response(new Uint8Array([104, 105])).text()", "hi"],
    ["new Response('x').arrayBuffer().then((b) => b.byteLength)", 1],
    [
      "new Request('http://h/', { method: 'post', body: new URLSearchParams({ a: 1 }) }).headers.get('content-type')",
      "application/x-www-form-urlencoded;charset=UTF-8",
    ],
    [
      "(async () => { const r = new Response('x'); await r.text(); return r.text().catch((e) => e.name) })()",
      "TypeError",
    ],
    ["(() => { try { new Response('x', { status: 204 }) } catch (e) { return e.name } })()", "TypeError"],
    ["Response.redirect('http://h/').headers.get('location')", "http://h/"],
    ["new Response(new Response('handed on').body).text()", "handed on"],
  ])("has the web's messages: %s", async (expression, expected) => {
    expect(await valueOf(expression)).toEqual(expected);
  });

  it("reads the request that the client sent", async () => {
    const value = await valueOf(
      "[request.method, new URL(request.url).pathname, request.headers.get('x-a'), await request.json()]",
      {
        method: "POST",
        headers: "x-a\n1\n",
        body: { kind: "text", text: '{"b":2}' },
      },
    );
    expect(value).toEqual(["POST", "/probe", "1", { b: 2 }]);
  });

  it("reads a request body that is no text", async () => {
    const body = { kind: "base64", base64: "/wD+" } as const;
    expect(await valueOf("[...await request.bytes()]", { method: "PUT", body })).toEqual([255, 0, 254]);
  });

  it("goes on answering when a script replaces the globals it can reach", async () => {
    const tampering = "JSON.stringify = () => 'x'; JSON.parse = () => null; globalThis.Response = null;";
    const outcome = await run(`const R = Response; ${tampering} return new R('still here')`);
    expect(outcome).toMatchObject({ kind: "response", response: { body: { text: "still here" } } });
  });

  it.each([
    ["throws", "throw new Error('broken with s3cret')", "script_error"],
    ["throws what is no error", "throw { toString() { throw 1 } }", "script_error"],
    [
      "throws an error that cannot be read",
      "throw Object.defineProperty(new Error(), 'message', { get() { throw 1 } })",
      "script_error",
    ],
    ["returns no Response", "return { status: 200 }", "script_error"],
    ["answers too much", "return new Response('x'.repeat(2 ** 20 + 1))", "response_too_large"],
    ["never settles", "return new Promise(() => {})", "script_timeout"],
    ["loops", "for (;;);", "cpu_exceeded"],
    ["loops after its first wait", "await null; for (;;);", "cpu_exceeded"],
    ["runs out of memory", "const all = []; for (;;) all.push(new Array(1e5).fill(1.5))", "memory_exceeded"],
  ])("ends a handler that %s", async (_case, body, code) => {
    expect(await run(body)).toMatchObject({ kind: "failure", code });
  });
});

import type { Ask } from "./load.ts";

/** A script of the mix: its code, which says which revision it is, and a request that it answers. */
export interface SoakScript {
  readonly name: string;
  /** Body of a module with `const handler = ...`. */
  readonly code: (revision: number) => string;
  readonly ask: Ask;
  /** How often it is asked, against the others. */
  readonly share: number;
}

const IDLE_SCRIPTS = 24;

function get(path: string, expected: (text: string) => boolean): Ask {
  return { path, method: "GET", body: "", expected };
}

/** What real scripts do, in small: answer, compute, wait, call out, echo, send much; and many that are rarely asked. */
export function soakScripts(upstreamUrl: string): SoakScript[] {
  const idle = Array.from({ length: IDLE_SCRIPTS }, (_, index): SoakScript => {
    const name = `idle-${index}`;
    const code = (revision: number): string =>
      `const data = Array.from({ length: 20000 }, (_, i) => ({ i, text: "item " + i }));
       const handler = { fetch: () => new Response("${name} " + data.length + " ${revision}") };`;
    return { name, code, ask: get(`/${name}`, (text) => text.startsWith(`${name} 20000`)), share: 0.02 };
  });
  const echo: Ask = {
    path: "/echo",
    method: "POST",
    body: "x".repeat(20_000),
    expected: (text) => text.length === 20_000,
  };
  return [
    {
      name: "hello",
      code: (revision) => `const handler = { fetch: () => new Response("hello ${revision}") };`,
      ask: get("/hello", (text) => text.startsWith("hello ")),
      share: 4,
    },
    {
      name: "reckon",
      code: (revision) => `const handler = { fetch(request) {
        const url = new URL(request.url); let sum = ${revision};
        for (let i = 0; i < 20000; i += 1) sum += i % 7;
        return Response.json({ sum, q: url.searchParams.get("q") }); } };`,
      ask: get("/reckon?q=a%20b", (text) => text.includes('"q":"a b"')),
      share: 2,
    },
    {
      name: "wait",
      code: (revision) => `const handler = { async fetch() {
        await new Promise((resolve) => setTimeout(resolve, 30)); return new Response("waited ${revision}"); } };`,
      ask: get("/wait", (text) => text.startsWith("waited ")),
      share: 2,
    },
    {
      name: "call",
      code: (revision) => `const handler = { async fetch() {
        const response = await fetch("${upstreamUrl}/"); return new Response("${revision} " + await response.text()); } };`,
      ask: get("/call", (text) => text.endsWith("from the upstream")),
      share: 2,
    },
    {
      name: "echo",
      code: (revision) =>
        `const revision = ${revision}; const handler = { async fetch(request) { return new Response(await request.text()); } };`,
      ask: echo,
      share: 1,
    },
    {
      name: "much",
      code: (revision) =>
        `const text = "0123456789".repeat(30000); const handler = { fetch: () => new Response(text + "${revision}") };`,
      ask: get("/much", (text) => text.length > 300_000),
      share: 0.5,
    },
    ...idle,
  ];
}

/** Brings its own isolate or its worker down, whichever of the two ways it is asked for. */
export const CRASHER: SoakScript = {
  name: "crasher",
  code: (revision) => `const revision = ${revision}; const kept = []; const handler = { fetch(request) {
    if (request.url.endsWith("heap")) for (;;) kept.push(new Array(10000).fill(1.5));
    return new Response(String("x".repeat(2 ** 27 + 1).split("").length)); } };`,
  ask: { path: "/crasher?heap", method: "GET", body: "", expected: () => true },
  share: 0,
};

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { dashboardPlugin } from "#app/dashboard/dashboard-plugin.ts";
import fastify from "fastify";

describe("dashboardPlugin", () => {
  const app = fastify();
  let shell = "";

  beforeAll(async () => {
    await app.register(dashboardPlugin({ version: `1"><script>` }));
    shell = (await app.inject("/")).body;
  });
  afterAll(() => app.close());

  it("serves a shell that may run our own script alone", async () => {
    const { headers } = await app.inject("/");
    const policy = String(headers["content-security-policy"]);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self';");
    expect(policy).not.toMatch(/unsafe|nonce|\*/);
    expect(headers).toMatchObject({
      "content-type": "text/html; charset=utf-8",
      "cache-control": "no-cache",
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
    });
    expect(shell).not.toMatch(/<script>|<style|style=|onload=/);
  });

  it.each([
    ["script", /src="(\/assets\/app-[0-9a-f]{16}\.js)"/, "text/javascript; charset=utf-8"],
    ["style", /href="(\/assets\/app-[0-9a-f]{16}\.css)"/, "text/css; charset=utf-8"],
    ["icon", /href="(\/assets\/icon-[0-9a-f]{16}\.svg)"/, "image/svg+xml"],
  ])("serves the %s for ever under a name that changes with it", async (_name, link, type) => {
    const path = link.exec(shell)?.[1] ?? "";
    const { statusCode, headers, body } = await app.inject(path);
    expect(statusCode).toBe(200);
    expect(headers["content-type"]).toBe(type);
    expect(headers["cache-control"]).toBe("public, max-age=31536000, immutable");
    expect(body.length).toBeGreaterThan(100);
  });

  it("asks nobody else for anything", async () => {
    const paths = [...shell.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map((match) => String(match[1]));
    const bodies = await Promise.all(paths.map(async (path) => (await app.inject(path)).body));
    for (const body of bodies) {
      expect(body).not.toMatch(/(?:url\(|from|import\()\s*["']?(?:https?:)?\/\//);
    }
  });

  it("does not know an asset of another version", async () => {
    expect((await app.inject("/assets/app-0000000000000000.js")).statusCode).toBe(404);
  });
});

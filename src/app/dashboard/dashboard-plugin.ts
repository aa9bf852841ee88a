import type { FastifyInstance, FastifyPluginAsync, FastifyReply } from "fastify";
import { buildPageAssets } from "./page-assets.ts";
import { pageShell } from "./page-shell.ts";

export interface DashboardOptions {
  /** Shown nowhere but in the page's metadata, for reports of trouble. */
  readonly version: string;
}

/** Everything comes from our own origin, no script or style is inline, and no string becomes markup. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

/** The client draws what the address names. */
const pages = ["/", "/canaries/:id", "/campaigns", "/campaigns/:name", "/experiments", "/experiments/:name"];

/** Serves the pages and their script, style and icon, bundled in memory when the plugin is made. */
export function dashboardPlugin(options: DashboardOptions): FastifyPluginAsync {
  return async (app: FastifyInstance) => {
    const assets = await buildPageAssets();
    const shell = pageShell(options.version, assets);
    for (const path of pages) {
      app.get(path, (_request, reply) =>
        secured(reply)
          .header("content-security-policy", contentSecurityPolicy)
          .header("cache-control", "no-cache")
          .type("text/html; charset=utf-8")
          .send(shell),
      );
    }
    for (const asset of [assets.script, assets.style, assets.icon]) {
      app.get(asset.path, (_request, reply) =>
        secured(reply)
          .header("cache-control", "public, max-age=31536000, immutable")
          .type(asset.type)
          .send(asset.body),
      );
    }
  };
}

function secured(reply: FastifyReply): FastifyReply {
  return reply
    .header("x-content-type-options", "nosniff")
    .header("referrer-policy", "no-referrer")
    .header("cross-origin-opener-policy", "same-origin")
    .header("cross-origin-resource-policy", "same-origin");
}

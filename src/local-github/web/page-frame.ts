import { readFileSync } from "node:fs";
import type { Identity } from "../identity.ts";
import { html, type Html } from "./html.ts";

const STYLE: Html = { safe: readFileSync(new URL("style.css", import.meta.url), "utf8") };

/** Who looks, and at what address. */
export type Viewer = { readonly identity: Identity; readonly path: string };

/** A whole page. `heading` is its first line, `title` what the browser's tab says. */
export function framed(title: string, heading: Html, body: Html, viewer: Viewer): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <style>
          ${STYLE}
        </style>
        <script src="/_local/page.js" type="module"></script>
      </head>
      <body>
        <nav class="top"><a href="/">Local GitHub</a><span>${who(viewer)}</span></nav>
        <main>
          <h1>${heading}</h1>
          ${body}
        </main>
      </body>
    </html>`.safe;
}

function who({ identity, path }: Viewer): Html {
  if (identity.kind === "user") return html`signed in as <strong>${identity.account.login}</strong>`;
  return html`<a href="/login?back=${encodeURIComponent(path)}">Sign in</a>`;
}

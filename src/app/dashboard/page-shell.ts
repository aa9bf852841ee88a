import type { PageAssets } from "./page-assets.ts";

/** The page without any data; the client fetches what it shows. */
export function pageShell(version: string, assets: PageAssets): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Showrunner</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="showrunner-version" content="${escapeAttribute(version)}">
<link rel="icon" type="image/svg+xml" href="${assets.icon.path}">
<link rel="stylesheet" href="${assets.style.path}">
<script type="module" src="${assets.script.path}"></script>
</head>
<body>
<div id="app"><p class="boot">Loading the fleet…</p></div>
<noscript><p class="boot">This page needs JavaScript. The same facts as JSON: <a href="/api/overview">/api/overview</a></p></noscript>
</body>
</html>
`;
}

function escapeAttribute(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

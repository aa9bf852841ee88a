import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

interface PageAsset {
  /** Carries a hash of the body, so that it may be cached for ever. */
  readonly path: string;
  readonly type: string;
  readonly body: Buffer;
}

export interface PageAssets {
  readonly script: PageAsset;
  readonly style: PageAsset;
  readonly icon: PageAsset;
}

const client = fileURLToPath(new URL("client/", import.meta.url));

/** Bundles the page's client in memory; takes tens of milliseconds. Throws when the client does not compile. */
export async function buildPageAssets(): Promise<PageAssets> {
  const [script, style, icon] = await Promise.all([
    bundle("main.tsx"),
    bundle("main.css"),
    readFile(`${client}icon.svg`),
  ]);
  return {
    script: asset("app", "js", "text/javascript; charset=utf-8", script),
    style: asset("app", "css", "text/css; charset=utf-8", style),
    icon: asset("icon", "svg", "image/svg+xml", icon),
  };
}

async function bundle(entry: string): Promise<Uint8Array> {
  const result = await build({
    entryPoints: [`${client}${entry}`],
    bundle: true,
    write: false,
    minify: true,
    format: "esm",
    platform: "browser",
    target: ["es2023", "chrome120", "firefox121", "safari17"],
    jsx: "automatic",
    jsxImportSource: "preact",
    // The repository's tsconfig.json is for type checks; the page must not change with it.
    tsconfigRaw: {},
    legalComments: "none",
    logLevel: "silent",
  });
  const [file] = result.outputFiles;
  if (file === undefined) {
    throw new Error(`esbuild made no file of ${entry}`);
  }
  return file.contents;
}

function asset(name: string, extension: string, type: string, body: Uint8Array): PageAsset {
  const hash = createHash("sha256").update(body).digest("hex").slice(0, 16);
  return { path: `/assets/${name}-${hash}.${extension}`, type, body: Buffer.from(body) };
}

import { existsSync } from "node:fs";
import { type Browser, type Page, chromium } from "playwright-core";

/** Debian's chromium, or the one that CHROMIUM_PATH names; null when there is none. */
export const chromiumPath: string | null =
  [process.env["CHROMIUM_PATH"], "/usr/bin/chromium"].find(
    (path) => path !== undefined && existsSync(path),
  ) ?? null;

if (chromiumPath === null) {
  process.stderr.write(
    "SKIPPED: tests that drive the page need Chromium. Install it with `apt-get install chromium`, or set CHROMIUM_PATH.\n",
  );
}

/** A headless browser that talks to nobody but the pages it is told to open. Close it. */
export async function launchChromium(): Promise<Browser> {
  if (chromiumPath === null) {
    throw new Error("There is no Chromium to launch: check chromiumPath first");
  }
  return chromium.launch({
    executablePath: chromiumPath,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/** Keeps what a page's own code complains of; answers that mean no are part of the tests. */
export function complaintsOf(page: Page): string[] {
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error" && !message.text().includes("Failed to load resource"))
      complaints.push(message.text());
  });
  return complaints;
}

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openHome, type Home } from "#local/home.ts";

/** A home of a test's own. */
export function temporaryHome(): Home & { remove(): void } {
  const path = mkdtempSync(join(tmpdir(), "showrunner-home-"));
  return { ...openHome(path), remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Waits until `holds` is true; throws after `timeoutMs`. */
export async function eventually(holds: () => boolean | Promise<boolean>, timeoutMs = 15_000): Promise<void> {
  const endsAtMs = Date.now() + timeoutMs;
  while (!(await holds())) {
    if (Date.now() > endsAtMs) throw new Error(`still not so after ${timeoutMs} ms: ${String(holds)}`);
    await new Promise((resolve) => {
      setTimeout(resolve, 30);
    });
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

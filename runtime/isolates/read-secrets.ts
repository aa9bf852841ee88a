import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** The named secrets of one script from `<folder>/<script>/<NAME>`, without the file's last line feed. */
export async function readSecrets(
  folder: string | null,
  script: string,
  names: readonly string[],
): Promise<{ readonly secrets: Readonly<Record<string, string>>; readonly missing: readonly string[] }> {
  const secrets: Record<string, string> = {};
  const missing: string[] = [];
  for (const name of names) {
    try {
      if (folder === null) throw new Error("no folder of secrets");
      const text = await readFile(join(folder, script, name), "utf8");
      secrets[name] = text.replace(/\r?\n$/, "");
    } catch {
      missing.push(name);
    }
  }
  return { secrets, missing };
}

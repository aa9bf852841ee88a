import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** Values of secrets that fleet.yaml names; null where there is none. */
export type NotifySecrets = (name: string) => Promise<string | null>;

/** From the variable SHOWRUNNER_NOTIFY_<NAME>, else from the file `$SECRETS_DIR/notify/<NAME>`. Never from git. */
export function notifySecrets(
  environment: Readonly<Record<string, string | undefined>>,
  secretsDir: string | null,
): NotifySecrets {
  return async (name) => {
    // Also keeps a name from becoming a path.
    if (!/^[A-Z][A-Z0-9_]{0,63}$/.test(name)) return null;
    const value = environment[`SHOWRUNNER_NOTIFY_${name}`];
    if (value !== undefined && value !== "") return value;
    if (secretsDir === null) return null;
    const text = await readFile(join(secretsDir, "notify", name), "utf8").catch(() => "");
    return text.trim() === "" ? null : text.trim();
  };
}

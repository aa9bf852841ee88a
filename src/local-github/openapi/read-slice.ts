import { readFileSync } from "node:fs";
import path from "node:path";

/** One of the generated documents beside this file; read anew, since its users change theirs. */
export function readSlice(file: "rest.json" | "webhooks.json"): Record<string, unknown> {
  const parsed: unknown = JSON.parse(readFileSync(path.join(import.meta.dirname, file), "utf8"));
  if (typeof parsed !== "object" || parsed === null) throw new Error(`${file} holds no document`);
  return { ...parsed };
}

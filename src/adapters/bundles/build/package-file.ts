import { readFile } from "node:fs/promises";
import path from "node:path";
import { rejection } from "./build-stop.ts";
import { fileStart, jsonKeyPosition, type TextPosition } from "./text-position.ts";

/** A JSON file of the repository: its path relative to the checkout, its text, and what it holds. */
export interface JsonFile {
  readonly file: string;
  readonly text: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Reads a JSON object; null when there is no such file. Stops the build when it is not a JSON object. */
export async function readJsonFile(root: string, file: string): Promise<JsonFile | null> {
  const text = await readFile(path.join(root, file), "utf8").catch(() => null);
  if (text === null) return null;
  try {
    const data: unknown = JSON.parse(text);
    if (isRecord(data)) return { file, text, data };
  } catch {
    // Told below, in the same words as for a file that holds something else.
  }
  throw rejection({
    file,
    ...fileStart,
    code: "json-invalid",
    message: `${path.basename(file)} is not a JSON object.`,
  });
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const sections = ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"] as const;

export type DependencySection = (typeof sections)[number];

export interface DeclaredDependency {
  readonly name: string;
  readonly spec: string;
  readonly section: DependencySection;
  readonly position: TextPosition;
}

/** Everything a package.json depends on, with the place of each. */
export function declaredDependencies(packageFile: JsonFile): DeclaredDependency[] {
  return sections.flatMap((section) => {
    const named = packageFile.data[section];
    if (!isRecord(named)) return [];
    return Object.entries(named).map(([name, spec]) => ({
      name,
      spec: String(spec),
      section,
      position: jsonKeyPosition(packageFile.text, [section, name]),
    }));
  });
}

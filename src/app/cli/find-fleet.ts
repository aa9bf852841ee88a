import { stat } from "node:fs/promises";
import path from "node:path";

const LEVELS_MAX = 20;

/** The nearest fleet.yaml of a script: in its folder or one above, or in a folder `fleet` beside it; null when there is none. */
export async function findFleet(scriptFolder: string): Promise<string | null> {
  let folder = path.resolve(scriptFolder);
  for (let level = 0; level < LEVELS_MAX; level += 1) {
    for (const name of ["fleet.yaml", "fleet.yml", "fleet/fleet.yaml", "fleet/fleet.yml"]) {
      const file = path.join(folder, name);
      if ((await stat(file).catch(() => null))?.isFile()) return file;
    }
    const above = path.dirname(folder);
    if (above === folder) return null;
    folder = above;
  }
  return null;
}

import { globSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { parse } from "yaml";

/** What the laptop's own tools need to know of a sample script. */
export interface SampleScript {
  readonly name: string;
  readonly repository: string;
  readonly route: string;
  /** Requests that the script is known to answer: method, path with query. */
  readonly requests: readonly { readonly method: string; readonly path: string }[];
  /** Its label `tier` is critical: viewers ask for it more often. */
  readonly isCritical: boolean;
}

/** The scripts in a folder of repositories, by their manifests; ones that cannot be read are left out. */
export function readSampleScripts(folder: string): SampleScript[] {
  return globSync("*/**/showrunner.yaml", {
    cwd: folder,
    exclude: (path) => basename(path) === "node_modules",
  })
    .sort()
    .flatMap((file) => {
      const manifest: unknown = parse(readFileSync(join(folder, file), "utf8"));
      const [repository = ""] = file.split("/");
      return typeof manifest === "object" && manifest !== null
        ? [describe(manifest, repository, basename(dirname(file)))]
        : [];
    });
}

function describe(manifest: object, repository: string, folderName: string): SampleScript {
  const name = text(manifest, "name") ?? folderName;
  const route = text(manifest, "route") ?? `/${name}`;
  const warmup: unknown = Reflect.get(manifest, "warmup");
  const requests = (Array.isArray(warmup) ? warmup : []).flatMap((entry: unknown) => {
    if (typeof entry !== "object" || entry === null) return [];
    const path = text(entry, "path");
    return path === null ? [] : [{ method: text(entry, "method") ?? "GET", path }];
  });
  return {
    name,
    repository,
    route,
    requests: requests.length === 0 ? [{ method: "GET", path: route }] : requests,
    isCritical: tierOf(manifest) === "critical",
  };
}

function tierOf(manifest: object): string | null {
  const labels: unknown = Reflect.get(manifest, "labels");
  return typeof labels === "object" && labels !== null ? text(labels, "tier") : null;
}

function text(value: object, name: string): string | null {
  const found: unknown = Reflect.get(value, name);
  return typeof found === "string" ? found : null;
}

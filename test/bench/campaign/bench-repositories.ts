import type { Registry } from "#local/registry.ts";

/** The library that is upgraded. */
export const LIBRARY = "@bench/kit";
export const FROM = "1.2.3";
export const TO = "1.2.4";

/** Other packages in each lockfile, as many as a small service has. */
const OTHERS = 60;

/** What the registry of the benchmark serves, for `registryOf`. */
export function benchPackages(): Record<string, object> {
  const packages: Record<string, object> = {};
  for (let index = 0; index < OTHERS; index += 1) {
    const below = [2 * index + 1, 2 * index + 2].filter((child) => child < OTHERS);
    const dependencies = Object.fromEntries(below.map((child) => [nameOf(child), "^1.0.0"]));
    packages[`${nameOf(index)}@1.0.0`] = { dependencies, engines: { node: ">=18" } };
  }
  const dependencies = { [nameOf(3)]: "^1.0.0", [nameOf(4)]: "^1.0.0" };
  for (const version of [FROM, TO]) packages[`${LIBRARY}@${version}`] = { dependencies };
  packages["wrap-kit@1.0.0"] = { dependencies: { [LIBRARY]: "^1.2.0" } };
  return packages;
}

/** Of ten repositories seven need a pull request: five with a caret, one exact, one with a tilde. */
const KINDS = [
  "caret",
  "caret",
  "exact",
  "caret",
  "absent",
  "caret",
  "tilde",
  "current",
  "caret",
  "transitive",
] as const;

export function needsPull(index: number): boolean {
  return ["caret", "exact", "tilde"].includes(kindOf(index));
}

/** Repositories with package.json and lockfile, by name, as npm would have made them from the registry. */
export async function benchRepositories(
  count: number,
  registry: Registry,
): Promise<Map<string, Map<string, string>>> {
  const entries = await lockEntries(registry);
  const repositories = new Map<string, Map<string, string>>();
  for (let index = 0; index < count; index += 1) {
    repositories.set(`app-${index}`, filesOf(`app-${index}`, kindOf(index), entries));
  }
  return repositories;
}

function kindOf(index: number): (typeof KINDS)[number] {
  return KINDS[index % KINDS.length] ?? "caret";
}

type Entries = ReadonlyMap<string, object>;

async function lockEntries(registry: Registry): Promise<Entries> {
  const entries = new Map<string, object>();
  for (const id of Object.keys(benchPackages())) {
    const at = id.lastIndexOf("@");
    const [name, version] = [id.slice(0, at), id.slice(at + 1)];
    const response = await fetch(`${registry.url}/${name}`);
    const packument: { versions: Record<string, Published> } = JSON.parse(await response.text());
    const published = packument.versions[version];
    if (published === undefined) throw new Error(`the registry lacks ${id}`);
    const { dist, license, dependencies = {}, engines } = published;
    const { tarball: resolved, integrity } = dist;
    const needs = Object.keys(dependencies).length > 0 ? { dependencies } : {};
    entries.set(id, {
      version,
      resolved,
      integrity,
      license,
      ...needs,
      ...(engines === undefined ? {} : { engines }),
    });
  }
  return entries;
}

interface Published {
  readonly dist: { readonly tarball: string; readonly integrity: string };
  readonly license: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly engines?: object;
}

function filesOf(name: string, kind: (typeof KINDS)[number], entries: Entries): Map<string, string> {
  const uses: Record<(typeof KINDS)[number], Record<string, string>> = {
    caret: { [LIBRARY]: `^${FROM}` },
    exact: { [LIBRARY]: FROM },
    tilde: { [LIBRARY]: `~${FROM}` },
    current: { [LIBRARY]: `^${TO}` },
    absent: {},
    transitive: { "wrap-kit": "^1.0.0" },
  };
  const dependencies = { ...uses[kind], [nameOf(0)]: "^1.0.0" };
  const hasKit = kind !== "absent";
  const installed = [
    ...(hasKit ? [`${LIBRARY}@${kind === "current" ? TO : FROM}`] : []),
    ...Array.from({ length: OTHERS }, (_, index) => `${nameOf(index)}@1.0.0`),
    ...(kind === "transitive" ? ["wrap-kit@1.0.0"] : []),
  ];
  const packages: Record<string, unknown> = { "": { name, version: "1.0.0", dependencies } };
  for (const id of installed) packages[`node_modules/${id.slice(0, id.lastIndexOf("@"))}`] = entries.get(id);
  const lock = { name, version: "1.0.0", lockfileVersion: 3, requires: true, packages };
  return new Map([
    ["package.json", json({ name, version: "1.0.0", dependencies })],
    ["package-lock.json", json(lock)],
    ["index.js", `export const name = ${JSON.stringify(name)};\n`],
  ]);
}

function nameOf(index: number): string {
  return `lib-${String(index).padStart(2, "0")}`;
}

function json(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** Script repositories as an organisation has them; every kind comes again after eleven. */
const KINDS = [
  "declared only",
  "declared only, exact",
  "caret",
  "monorepo",
  "with an older version",
  "current",
  "absent",
  "transitive",
  "ranks at load",
  "ranks at load",
  "ranks for viewers",
] as const;

export type RepositoryKind = (typeof KINDS)[number];

export interface CampaignRepository {
  readonly name: string;
  readonly kind: RepositoryKind;
  readonly files: Readonly<Record<string, string>>;
  /** What the branch versions/3 holds; null where there is none. */
  readonly olderFiles: Readonly<Record<string, string>> | null;
  /** Where its scripts answer. */
  readonly routes: readonly string[];
  /** Files that make its base branch conflict with an upgrade of the kit, for the kind "declared only". */
  readonly conflictingFiles: Readonly<Record<string, string>> | null;
}

export const KIT = "@acme/edge-kit";
export const RULES = "@acme/artwork-rules";

/** Of canaries that are to fail: they end when they do, which takes a busy machine long. */
const LONGEST_TO_FAIL = "4m";

export interface RepositoryOptions {
  /** Of the canaries that are to pass, such as "10s". */
  readonly maxDuration: string;
  /** Of the rollouts, in one wave; canaries run in the first. */
  readonly regions: readonly [string, ...string[]];
  readonly registryUrl: string;
}

/** As many repositories of the owner "acme", with lockfiles as npm makes them from the sample registry. */
export async function campaignRepositories(
  count: number,
  options: RepositoryOptions,
): Promise<CampaignRepository[]> {
  const lock = await lockMaker(options.registryUrl);
  return Array.from({ length: count }, (_, index) => {
    const name = `unit-${String(index).padStart(3, "0")}`;
    const kind = KINDS[index % KINDS.length] ?? "caret";
    const files = filesOf(name, kind, options, lock);
    const olderFiles = kind === "with an older version" ? filesOf(name, "caret", options, lock) : null;
    const routes = kind === "monorepo" ? [`/${name}`, `/${name}-more`] : [`/${name}`];
    const conflictingFiles =
      kind === "declared only" ? packageFiles(name, { [RULES]: "^1.0.0", [KIT]: "^1.2.3" }, lock) : null;
    return { name, kind, files, olderFiles, routes, conflictingFiles };
  });
}

/** Whether a campaign for the kit opens a pull request there. */
export function needsKit({ kind }: CampaignRepository): boolean {
  return !["current", "absent", "transitive"].includes(kind) && !needsRules({ kind });
}

/** Whether one for the rules does. */
export function needsRules({ kind }: Pick<CampaignRepository, "kind">): boolean {
  return kind === "ranks at load" || kind === "ranks for viewers";
}

/** Whether nothing that runs there changes with the kit, so that nobody needs to visit it for a verdict. */
export function isDeclaredOnly({ kind }: CampaignRepository): boolean {
  return kind === "declared only" || kind === "declared only, exact";
}

type Lock = (name: string, dependencies: Readonly<Record<string, string>>) => string;

function filesOf(
  name: string,
  kind: RepositoryKind,
  options: RepositoryOptions,
  lock: Lock,
): Record<string, string> {
  if (kind === "monorepo") return monorepo(name, options, lock);
  // Nothing imports it, so a codemod may change it and what runs stays the same.
  const unused = kind === "caret" ? { "src/unused.ts": "export const isOldKit = true;\n" } : {};
  return {
    ...scriptFiles(name, kind, options),
    ...packageFiles(name, dependenciesOf(kind), lock),
    ...unused,
  };
}

function packageFiles(
  name: string,
  dependencies: Readonly<Record<string, string>>,
  lock: Lock,
): Record<string, string> {
  return { "package.json": packageText(name, dependencies), "package-lock.json": lock(name, dependencies) };
}

function dependenciesOf(kind: RepositoryKind): Record<string, string> {
  switch (kind) {
    case "declared only, exact":
      return { [KIT]: "1.2.3" };
    case "current":
      return { [KIT]: "^1.2.4" };
    case "absent":
      return {};
    case "transitive":
      return { "@acme/answers": "^1.0.0" };
    case "ranks at load":
    case "ranks for viewers":
      return { [RULES]: "^1.0.0" };
    case "declared only":
    case "caret":
    case "monorepo":
    case "with an older version":
      return { [KIT]: "^1.2.3" };
    default:
      return kind satisfies never;
  }
}

function monorepo(name: string, options: RepositoryOptions, lock: Lock): Record<string, string> {
  const dependencies = { [KIT]: "^1.2.3" };
  const files: Record<string, string> = {
    "package.json": `${JSON.stringify({ name: `${name}-all`, private: true, workspaces: ["scripts/*"] }, null, 2)}\n`,
  };
  const parts = [name, `${name}-more`];
  for (const part of parts) {
    files[`scripts/${part}/package.json`] = packageText(part, dependencies);
    for (const [file, text] of Object.entries(scriptFiles(part, "caret", options))) {
      files[`scripts/${part}/${file}`] = text;
    }
  }
  const whole: { packages: Record<string, object> } & object = JSON.parse(lock(`${name}-all`, dependencies));
  whole.packages[""] = { name: `${name}-all`, workspaces: ["scripts/*"] };
  for (const part of parts) {
    whole.packages[`node_modules/${part}`] = { resolved: `scripts/${part}`, link: true };
    whole.packages[`scripts/${part}`] = { dependencies };
  }
  const sorted = Object.entries(whole.packages).sort(([a], [b]) => (a < b ? -1 : 1));
  files["package-lock.json"] =
    `${JSON.stringify({ ...whole, packages: Object.fromEntries(sorted) }, null, 2)}\n`;
  return files;
}

function scriptFiles(
  name: string,
  kind: RepositoryKind,
  { maxDuration, regions }: RepositoryOptions,
): Record<string, string> {
  return {
    "showrunner.yaml": `kind: Script
name: ${name}
version: "4"
owner: team-${name.at(-1)}
labels: { team: "t${name.at(-1)}", made: generated }
entry: index.js
route: /${name}
${kind === "ranks for viewers" ? `dependsOn: [unit-000]\n` : ""}rollout:
  waves: [[${regions.join(", ")}]]
  bake: { min: 1s, max: 2s, minRequests: 0, onTooLittleData: proceed }
canary:
  sharePct: 40
  stickyBy: "header:x-user"
  regions: [${regions[0]}]
  maxDuration: ${needsRules({ kind }) ? LONGEST_TO_FAIL : maxDuration}
  minRequests: 5
  metrics: [{ name: errors }]
`,
    "index.js": source(kind),
  };
}

const PLAIN = `export default { fetch: () => new Response("nothing of the kit") };
`;

const SOURCES: Partial<Record<RepositoryKind, string>> = {
  "declared only": PLAIN,
  "declared only, exact": PLAIN,
  absent: PLAIN,
  transitive: `import { answer } from "@acme/answers";
export default { fetch: () => answer({ ok: true }) };
`,
  "ranks at load": `import { rank } from "@acme/artwork-rules";
const first = rank([{ id: "a", shape: "tall", mood: "quiet", playRate: 1 }], { shape: "tall", moods: [] }, { playRate: 1, shape: 1, mood: 1 });
export default { fetch: () => Response.json({ first }) };
`,
  "ranks for viewers": `import { rank as order } from "@acme/artwork-rules";
export default {
  fetch: (request) => {
    const moods = [new URL(request.url).searchParams.get("mood") ?? "quiet"];
    return Response.json({ first: order([{ id: "a", shape: "tall", mood: "quiet", playRate: 1 }], { shape: "tall", moods }, { playRate: 1, shape: 1, mood: 1 }) });
  },
};
`,
};

function source(kind: RepositoryKind): string {
  const usual = `import { intParam, json } from "@acme/edge-kit";
export default {
  fetch: (request) => json({ id: intParam(new URL(request.url), "id", { min: 0, max: 9, fallback: 1 }) }),
};
`;
  return SOURCES[kind] ?? usual;
}

function packageText(name: string, dependencies: Readonly<Record<string, string>>): string {
  const own = Object.keys(dependencies).length === 0 ? {} : { dependencies };
  return `${JSON.stringify({ name, private: true, type: "module", ...own }, null, 2)}\n`;
}

async function lockMaker(registryUrl: string): Promise<Lock> {
  const entries = new Map<string, object>();
  const add = async (name: string, version: string, more: object): Promise<void> => {
    const answer = await fetch(`${registryUrl}/${name.replace("/", "%2f")}`);
    const { versions }: { versions: Record<string, { dist: { integrity: string } }> } = await answer.json();
    const integrity = versions[version]?.dist.integrity;
    entries.set(`${name}@${version}`, { version, integrity, license: "Apache-2.0", ...more });
  };
  await add(KIT, "1.2.3", {});
  await add(KIT, "1.2.4", {});
  await add(RULES, "1.0.0", {});
  await add("@acme/answers", "1.0.0", { dependencies: { [KIT]: "^1.2.0" } });
  return (name, dependencies) => {
    const found = Object.entries(dependencies).map(([library, range]) => [library, range.replace(/^\^/, "")]);
    if (dependencies["@acme/answers"] !== undefined) found.push([KIT, "1.2.3"]);
    const packages = found
      .toSorted(([a = ""], [b = ""]) => (a < b ? -1 : 1))
      .map(([library, version]) => [`node_modules/${library}`, entries.get(`${library}@${version}`)]);
    const own = Object.keys(dependencies).length === 0 ? { name } : { name, dependencies };
    const lock = {
      name,
      lockfileVersion: 3,
      requires: true,
      packages: { "": own, ...Object.fromEntries(packages) },
    };
    return `${JSON.stringify(lock, null, 2)}\n`;
  };
}

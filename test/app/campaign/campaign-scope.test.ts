import { expect, it } from "@jest/globals";
import type { RepositoryRecord } from "#adapters/store/repositories.ts";
import type { ScriptRecord } from "#adapters/store/scripts.ts";
import { campaignScope } from "#app/campaign/campaign-scope.ts";
import { parseScript } from "#domain/manifest/parse-manifest.ts";
import type { Campaign } from "#schemas/types.ts";

const campaign: Campaign = { kind: "Campaign", name: "kit", owner: "@alice", library: "kit", to: "1.2.4" };

function repository(id: number, fullName: string): RepositoryRecord {
  const unseen = { seenAtMs: 0, removedAtMs: null, settledState: null };
  return { id, fullName, defaultBranch: "main", head: "c", kind: "scripts", ...unseen };
}

function script(repositoryId: number, name: string): ScriptRecord {
  const parsed = parseScript(
    `kind: Script\nname: ${name}\nowner: team-art\nentry: a.ts\n`,
    "showrunner.yaml",
  );
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const { manifest } = parsed;
  const served = { servedCommit: null, servedDigest: null };
  const place = { repositoryId, path: ".", commit: "c", declared: true, problems: [] };
  return { name, version: manifest.version, manifest, ...place, ...served };
}

const facts = {
  repositories: [repository(1, "acme/one"), repository(2, "acme/two")],
  scripts: [script(1, "one"), script(2, "two")],
  reports: [],
};

it.each<[string, Partial<Campaign>, readonly number[]]>([
  ["all repositories with scripts", {}, [1, 2]],
  ["the repositories that it names", { repositories: ["acme/two", "acme/gone"] }, [2]],
  ["nobody, where it names nobody", { repositories: [] }, []],
  ["those of the named ones that are not left out", { repositories: ["acme/two"], exclude: ["two"] }, []],
])("a campaign is about %s", (_, narrowed, ids) => {
  expect([...campaignScope({ ...campaign, ...narrowed }, facts).keys()]).toEqual(ids);
});

import type { Github } from "../github.ts";
import type { Repository } from "../records.ts";
import { nodeId, type Json } from "./json.ts";

/** A label by its name; one that nobody described has GitHub's grey. */
export function labelJson(github: Github, repository: Repository, name: string): Json {
  const label = github.store.labels.find(repository.id, name.toLowerCase());
  return {
    id: label?.id ?? repository.id,
    node_id: nodeId("Label", label?.id ?? name),
    url: `${github.urls.apiRepository(repository)}/labels/${encodeURIComponent(name)}`,
    name,
    color: label?.color ?? "ededed",
    description: label?.description ?? null,
    default: false,
  };
}

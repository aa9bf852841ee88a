import { assertNever } from "../assert-never.ts";
import type { OperationTarget } from "./operation.ts";

const name = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";
const version = "[a-z0-9][a-z0-9._-]{0,31}";
const scriptPattern = new RegExp(`^(?:script:)?(${name})(?:@(${version}))?$`);
const scopePattern = new RegExp(`^(group|region):(${name})$`);
const labelPattern = /^([a-z0-9](?:[a-z0-9./-]{0,61}[a-z0-9])?)=([A-Za-z0-9._-]{0,63})$/;
const labelsMax = 20;

/** What people write: `artwork`, `artwork@4`, `group:NAME`, `region:NAME` or `fleet`; null for anything else. */
export function parseTargetText(text: string): OperationTarget | null {
  if (text === "fleet") return { kind: "fleet" };
  const scope = scopePattern.exec(text);
  if (scope?.[2] !== undefined) return { kind: scope[1] === "group" ? "group" : "region", name: scope[2] };
  const script = scriptPattern.exec(text);
  if (script?.[1] === undefined) return null;
  return { kind: "script", name: script[1], version: script[2] ?? null };
}

/** `team=web` or `team=web,tier=1`: scripts that carry all of them; null when it is no list of labels. */
export function parseSelector(text: string): OperationTarget | null {
  const parts = text.split(",");
  if (parts.length > labelsMax) return null;
  const labels: Record<string, string> = {};
  for (const part of parts) {
    const match = labelPattern.exec(part.trim());
    if (match?.[1] === undefined || match[2] === undefined) return null;
    if (Object.hasOwn(labels, match[1]) && labels[match[1]] !== match[2]) return null;
    labels[match[1]] = match[2];
  }
  return { kind: "selector", labels };
}

/** The text of a target as people write it on the command line; a selector with its flag. */
export function formatTarget(target: OperationTarget): string {
  switch (target.kind) {
    case "script":
      return target.version === null ? target.name : `${target.name}@${target.version}`;
    case "group":
    case "region":
      return `${target.kind}:${target.name}`;
    case "selector":
      return `-l ${Object.entries(target.labels)
        .map(([key, value]) => `${key}=${value}`)
        .join(",")}`;
    case "fleet":
      return "fleet";
    default:
      return assertNever(target);
  }
}

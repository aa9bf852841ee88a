import { describe, expect, it } from "@jest/globals";
import { formatReconcileKey, parseReconcileKey } from "#domain/reconcile/reconcile-key.ts";

describe("a reconcile key", () => {
  it.each([
    ["discovery", { kind: "discovery" }],
    ["fleet", { kind: "fleet" }],
    ["repo:42", { kind: "repo", repositoryId: 42 }],
    ["pr:42#7", { kind: "pr", repositoryId: 42, number: 7 }],
    ["script:artwork@4", { kind: "script", name: "artwork", version: "4" }],
    ["script:a-b@2026.1-rc_1", { kind: "script", name: "a-b", version: "2026.1-rc_1" }],
    [`queue:42@${"0a".repeat(20)}`, { kind: "queue", repositoryId: 42, headSha: "0a".repeat(20) }],
    ["region:eu-west-1", { kind: "region", name: "eu-west-1" }],
  ] as const)("%s survives being taken apart and put together", (text, target) => {
    expect(parseReconcileKey(text)).toEqual(target);
    expect(formatReconcileKey(target)).toBe(text);
  });

  it.each([
    "",
    "repo:",
    "repo:0",
    "repo:1.5",
    "repo:-1",
    "repo:9999999999999999",
    "pr:1",
    "pr:1#",
    "queue:42@0a",
    "script:artwork",
    "script:@4",
    "script:-a@4",
    "script:a@4\n",
    "region:",
    "region:EU",
    `region:${"a".repeat(64)}`,
    "moon:1",
  ])("is not %j", (text) => {
    expect(parseReconcileKey(text)).toBeNull();
  });
});

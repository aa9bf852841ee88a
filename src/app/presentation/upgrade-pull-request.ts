import { boundedText } from "#adapters/github/bounded-text.ts";
import { codeSpan, tableCell } from "#adapters/github/markdown.ts";
import type { ProjectChange } from "#domain/campaign/assess-repository.ts";
import { isProjectFile } from "#domain/campaign/project-layout.ts";
import { REBASE_BOX, renderMarker, type UpgradeMarker } from "#domain/campaign/upgrade-identity.ts";

/** What people read on an upgrade's pull request, besides the hidden marker. */
export interface UpgradeTexts {
  readonly library: string;
  readonly version: string;
  readonly changes: readonly ProjectChange[];
  readonly advisory: { readonly id: string; readonly summary: string | null } | null;
  /** RFC 3339; null when the registry does not tell. */
  readonly publishedAt: string | null;
  readonly homepage: string | null;
  /** Uses that were left alone, each with why. */
  readonly notes: readonly string[];
  /** Markdown: what speaks for it. */
  readonly evidence: string;
  /** What speaks against versions in use. */
  readonly reasons: readonly { readonly version: string; readonly reason: string }[];
  /** Path of the codemod that was run; null when there was none. */
  readonly codemod: string | null;
}

/** Of a run without a control plane. */
export const NO_EVIDENCE =
  "**Evidence**: none from here. This pull request was made by a one-shot run, without a canary.";

/** GitHub takes 65,536 characters. */
const BODY_BYTES_MAX = 60_000;
const ROWS_MAX = 100;

/** "Update @acme/edge-kit to ^1.2.4"; the plain version where ranges differ or none is declared. */
export function upgradeTitle({ library, version, changes, advisory }: UpgradeTexts): string {
  const ranges = new Set(
    changes.flatMap(({ uses }) =>
      uses.filter(({ declared, range }) => declared !== range).map(({ range }) => range),
    ),
  );
  const [range] = ranges;
  const goal = range !== undefined && ranges.size === 1 ? range : version;
  return `Update ${library} to ${goal}${advisory === null ? "" : " [security]"}`;
}

export function upgradeLabels(advisory: UpgradeTexts["advisory"]): string[] {
  return ["showrunner", "upgrade", ...(advisory === null ? [] : ["security"])];
}

export function upgradeBody(texts: UpgradeTexts, files: readonly string[], marker: UpgradeMarker): string {
  const parts = [
    table(texts),
    security(texts),
    why(texts),
    `${EVIDENCE_START}\n${texts.evidence}\n${EVIDENCE_END}`,
    releaseNotes(texts),
    whatWasDone(texts, files),
    controls(),
  ];
  const visible = parts.filter((part) => part !== "").join("\n\n");
  return `${boundedText(visible, BODY_BYTES_MAX)}\n\n${renderMarker(marker)}\n`;
}

const EVIDENCE_START = "<!-- showrunner:evidence -->";
const EVIDENCE_END = "<!-- /showrunner:evidence -->";

/** The body with other evidence in it; null when a person took the place for it away. */
export function withEvidence(body: string, evidence: string): string | null {
  const start = body.indexOf(EVIDENCE_START);
  const end = body.indexOf(EVIDENCE_END, start);
  if (start === -1 || end === -1) return null;
  return `${body.slice(0, start + EVIDENCE_START.length)}\n${evidence}\n${body.slice(end)}`;
}

/** The body of a pull request that we close ourselves. */
export function retiredBody(body: string, reason: string): string {
  const line = `> **Closed by Showrunner**: ${reason}.`;
  return body.startsWith(line) ? body : `${line}\n\n${body}`;
}

function table({ library, publishedAt, changes }: UpgradeTexts): string {
  const released = publishedAt === null ? "unknown" : publishedAt.slice(0, 10);
  const rows = changes.flatMap(({ project, uses, transitive }) => [
    ...uses.map(({ manifest, section, declared, range, locked, to }) => {
      const from = declared === range ? (locked ?? declared) : declared;
      return row(library, from, declared === range ? to : range, kindOf(section), released, manifest.path);
    }),
    ...transitive.map(({ from, to }) =>
      row(library, from, to, "transitive", released, project.lockPath ?? ""),
    ),
  ]);
  const shown = rows.slice(0, ROWS_MAX);
  const more = rows.length > ROWS_MAX ? [`\nand ${rows.length - ROWS_MAX} more`] : [];
  return [
    "| Package | Change | Kind | Released | Used by |",
    "| --- | --- | --- | --- | --- |",
    ...shown,
    ...more,
  ].join("\n");
}

function row(
  library: string,
  from: string,
  to: string,
  kind: string,
  released: string,
  usedBy: string,
): string {
  const change = `${tableCell(from)} → ${tableCell(to)}`;
  return `| ${tableCell(library)} | ${change} | ${kind} | ${tableCell(released)} | ${tableCell(usedBy)} |`;
}

function kindOf(section: string): string {
  if (section === "devDependencies") return "development";
  return section === "optionalDependencies" ? "optional" : "dependency";
}

function security({ advisory }: UpgradeTexts): string {
  if (advisory === null) return "";
  const summary = advisory.summary === null ? "" : `: ${tableCell(advisory.summary)}`;
  return `**Security**: the versions used here are affected by ${codeSpan(advisory.id)}${summary}.`;
}

function why({ reasons }: UpgradeTexts): string {
  if (reasons.length === 0) return "";
  const told = reasons.map(({ version, reason }) => `${codeSpan(version)} is ${tableCell(reason)}`);
  return `**Why**: ${told.slice(0, ROWS_MAX).join("; ")}.`;
}

function releaseNotes({ library, version, homepage }: UpgradeTexts): string {
  if (homepage === null) return "";
  return `<details><summary>Release notes</summary>\n\nThe registry has none for ${codeSpan(`${library}@${version}`)}; its authors name <${homepage}>.\n\n</details>`;
}

function whatWasDone({ notes, codemod }: UpgradeTexts, files: readonly string[]): string {
  const changed = files.map(codeSpan).join(", ");
  const sources = files.filter((path) => !isProjectFile(path)).map(codeSpan);
  const ran =
    codemod === null
      ? []
      : [
          `- The codemod ${codeSpan(codemod)} changed ${sources.length === 0 ? "nothing here" : sources.join(", ")}.`,
        ];
  const left = notes.slice(0, ROWS_MAX).map((note) => `- Left as it is: ${tableCell(note)}`);
  return [
    "**What was done**",
    "",
    `- Changed ${changed}, and nothing else. Formats are kept; no install script was run.`,
    ...ran,
    ...left,
  ].join("\n");
}

function controls(): string {
  return [
    "**Controls**",
    "",
    `- [ ] ${REBASE_BOX}Tick this box to have the branch made anew on the base branch as it is.`,
    "- The branch is rebased by itself only when it conflicts. A newer version comes to this same pull request.",
    "- Push to the branch, and it is yours: it will not be touched again. Close the pull request, and this version is not offered again.",
  ].join("\n");
}

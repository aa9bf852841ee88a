import type { ChangedFile } from "../git/diff-files.ts";
import type { Annotation } from "../records.ts";
import { annotationNote } from "./check-view.ts";
import { html, nothing, type Html } from "./html.ts";

/** Lines of one file's patch that are shown at most. */
const LINES_MAX = 2000;

type DiffLine = {
  readonly kind: "add" | "del" | "hunk" | "same";
  readonly text: string;
  /** Its number in the new file; null for what is not in it. */
  readonly newLine: number | null;
  readonly oldLine: number | null;
};

/** A changed file with its patch, and what the checks noted at its lines. */
export function fileDiff(file: ChangedFile, annotations: readonly Annotation[]): Html {
  const { path, previousPath, status, additions, deletions, patch } = file;
  const name = previousPath === null ? path : `${previousPath} → ${path}`;
  const here = annotations.filter((each) => each.path === path);
  const lines = patch === null ? [] : diffLines(patch);
  const shown = new Set(lines.map((line) => line.newLine));
  const elsewhere = here.filter((each) => !shown.has(each.start_line));
  return html`<section class="box">
    <header>
      <strong><code>${name}</code></strong> ${status} <span class="mark good">+${additions}</span>
      <span class="mark bad">−${deletions}</span>
    </header>
    ${elsewhere.map((each) => annotationNote(each, true))}
    ${
      patch === null
        ? html`<p class="inside soft">Binary, or too long to show.</p>`
        : html`<table class="diff">
            ${lines.slice(0, LINES_MAX).map((line) => row(line, here))}
          </table>`
    }
  </section>`;
}

function row(line: DiffLine, annotations: readonly Annotation[]): Html {
  const notes = annotations.filter((each) => line.newLine !== null && each.start_line === line.newLine);
  return html`<tr class="${line.kind}">
      <td class="n">${line.oldLine ?? ""}</td>
      <td class="n">${line.newLine ?? ""}</td>
      <td>${line.text}</td>
    </tr>
    ${
      notes.length === 0
        ? nothing
        : html`<tr>
            <td colspan="3">${notes.map((each) => annotationNote(each, false))}</td>
          </tr>`
    }`;
}

/** A unified patch's lines with their numbers on both sides. */
export function diffLines(patch: string): DiffLine[] {
  let [oldLine, newLine] = [0, 0];
  return patch.split("\n").map((text): DiffLine => {
    const hunk = /^@@ -(\d+)(?:,\d+)? \+(\d+)/.exec(text);
    if (hunk) {
      [oldLine, newLine] = [Number(hunk[1]), Number(hunk[2])];
      return { kind: "hunk", text, oldLine: null, newLine: null };
    }
    switch (text[0]) {
      case "+":
        return { kind: "add", text, oldLine: null, newLine: newLine++ };
      case "-":
        return { kind: "del", text, oldLine: oldLine++, newLine: null };
      case "\\":
        return { kind: "hunk", text, oldLine: null, newLine: null };
      default:
        return { kind: "same", text, oldLine: oldLine++, newLine: newLine++ };
    }
  });
}

import type { Annotation, CheckRun } from "../records.ts";
import { html, nothing, type Html } from "./html.ts";
import { renderMarkdown } from "./markdown.ts";

/** Where a check's buttons are sent, and whether this viewer may press them. */
export type CheckPlace = {
  readonly repositoryUrl: string;
  readonly back: string;
  readonly canPress: boolean;
};

/** The newest run of each name, as GitHub shows them. */
export function newestRuns(runs: readonly CheckRun[]): CheckRun[] {
  return runs.filter((run) => runs.findLast((each) => each.name === run.name) === run);
}

/** One line a check: its state in a word, and its title. */
export function checkRows(runs: readonly CheckRun[], checksPath: string): Html {
  if (runs.length === 0) return html`<p class="inside soft">No check has reported on this commit yet.</p>`;
  return html`${runs.map(
    (run) =>
      html`<div class="row">
        ${mark(run)} <strong>${run.name}</strong> <span>${run.output.title ?? ""}</span>
        <a class="push" href="${checksPath}#check-${run.id}">Details</a>
      </div>`,
  )}`;
}

/** A check with all it says: summary, text, annotations, and its buttons. */
export function checkBox(run: CheckRun, place: CheckPlace): Html {
  const { summary, text, title } = run.output;
  return html`<section class="box" id="check-${run.id}" data-live>
    <header>${mark(run)} <strong>${run.name}</strong> ${title ?? ""}</header>
    <div class="inside">
      ${buttons(run, place)}
      <div class="text">${summary === null ? nothing : renderMarkdown(summary, place.repositoryUrl)}</div>
      ${run.annotations.map((each) => annotationNote(each, true))}
      <div class="text">${text === null ? nothing : renderMarkdown(text, place.repositoryUrl)}</div>
      ${
        run.detailsUrl === null
          ? nothing
          : html`<p><a href="${webAddress(run.detailsUrl)}" rel="nofollow noopener">View more details</a></p>`
      }
    </div>
  </section>`;
}

/** An annotation, with its file and line where it does not stand at them. */
export function annotationNote(annotation: Annotation, withPlace: boolean): Html {
  const { annotation_level, path, start_line, start_column, title, message } = annotation;
  const place = `${path}:${start_line}${start_column === undefined ? "" : `:${start_column}`}`;
  return html`<div class="note ${annotation_level}">
    <strong>${annotation_level}</strong> ${withPlace ? html`<code>${place}</code>` : nothing} ${title ?? ""}
    <div>${message}</div>
  </div>`;
}

function buttons(run: CheckRun, { repositoryUrl, back, canPress }: CheckPlace): Html {
  if (run.actions.length === 0) return nothing;
  const path = new URL(repositoryUrl).pathname;
  return html`<p>
    ${run.actions.map(
      ({ label, description, identifier }) =>
        html`<form class="inline" method="post" action="${path}/checks/${run.id}/actions">
          <input type="hidden" name="identifier" value="${identifier}" />
          <input type="hidden" name="back" value="${back}" />
          <button title="${description}" ${canPress ? nothing : html`disabled`}>${label}</button>
        </form> `,
    )}
  </p>`;
}

function mark({ status, conclusion }: CheckRun): Html {
  if (status !== "completed") return html`<span class="mark busy">● ${status.replaceAll("_", " ")}</span>`;
  switch (conclusion) {
    case "success":
      return html`<span class="mark good">✓ success</span>`;
    case "neutral":
    case "skipped":
      return html`<span class="mark neutral">■ ${conclusion}</span>`;
    case "action_required":
      return html`<span class="mark busy">! action required</span>`;
    default:
      return html`<span class="mark bad">✕ ${(conclusion ?? "unknown").replaceAll("_", " ")}</span>`;
  }
}

/** Only addresses of the web become links. */
function webAddress(address: string): string {
  return URL.canParse(address) && /^https?:$/.test(new URL(address).protocol) ? address : "#";
}

/** Which scripts the table shows: all, or those with a cell in that state. */
export type StateFilter = "all" | "failed" | "drift" | "unknown" | "rolling";

/** What the inspector beside the table explains. */
export type Inspected =
  | { readonly kind: "nothing" }
  | { readonly kind: "script"; readonly unit: string }
  | { readonly kind: "region"; readonly name: string };

/** Everything a reader chose; lives in the query string, so that the page can be sent to somebody. */
export interface ViewState {
  readonly query: string;
  readonly state: StateFilter;
  readonly inspected: Inspected;
}

export const stateFilters: readonly StateFilter[] = ["all", "failed", "drift", "unknown", "rolling"];

/** Reads a query string such as "?q=art&state=failed&script=artwork@4"; what it does not know it ignores. */
export function parseViewState(search: string): ViewState {
  const parameters = new URLSearchParams(search);
  const state = stateFilters.find((filter) => filter === parameters.get("state")) ?? "all";
  return { query: (parameters.get("q") ?? "").slice(0, 200), state, inspected: parseInspected(parameters) };
}

/** The address of a view, from the root; the default view is "/". */
export function viewStateUrl(view: ViewState): string {
  const parameters = new URLSearchParams();
  if (view.query !== "") {
    parameters.set("q", view.query);
  }
  if (view.state !== "all") {
    parameters.set("state", view.state);
  }
  if (view.inspected.kind === "script") {
    parameters.set("script", view.inspected.unit);
  }
  if (view.inspected.kind === "region") {
    parameters.set("region", view.inspected.name);
  }
  const text = parameters.toString().replaceAll("%40", "@");
  return text === "" ? "/" : `/?${text}`;
}

function parseInspected(parameters: URLSearchParams): Inspected {
  const unit = parameters.get("script");
  const name = parameters.get("region");
  if (unit !== null) {
    return { kind: "script", unit };
  }
  return name === null ? { kind: "nothing" } : { kind: "region", name };
}

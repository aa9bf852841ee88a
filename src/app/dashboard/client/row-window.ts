export interface RowWindow {
  /** The first row to draw, from 0, and the one after the last. */
  readonly first: number;
  readonly end: number;
}

/** Rows drawn beyond what is seen, on either side, so that scrolling shows no gap. */
const marginRows = 12;

/** Which rows of a long list to draw. Lengths in pixels; every row is equally high. */
export function rowWindow(
  count: number,
  rowHeightPx: number,
  scrollTopPx: number,
  viewHeightPx: number,
): RowWindow {
  const top = Math.floor(Math.max(0, scrollTopPx) / rowHeightPx);
  const seen = Math.ceil(viewHeightPx / rowHeightPx);
  // A filter can shorten the list under a position far down.
  const first = Math.min(Math.max(0, top - marginRows), Math.max(0, count - seen - marginRows));
  return { first, end: Math.min(count, first + seen + 2 * marginRows) };
}

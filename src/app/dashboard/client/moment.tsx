import type { JSX } from "preact";
import { usePage } from "./page.ts";
import { clockText, utcText } from "./time-words.ts";

/** A time in the viewer's zone; the UTC one shows on hover. */
export function Moment({ at }: { at: string }): JSX.Element {
  const page = usePage();
  const ms = Date.parse(at);
  if (Number.isNaN(ms)) {
    return <span>unknown time</span>;
  }
  // Read without subscribing: which day it is changes too rarely to draw every time anew each second.
  return (
    <time dateTime={at} title={utcText(ms)}>
      {clockText(ms, page.nowMs.peek(), page.zone)}
    </time>
  );
}

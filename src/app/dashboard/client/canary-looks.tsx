import type { JSX } from "preact";
import type { RunLook } from "#domain/canary/run-look.ts";
import { lengthText, utcText } from "./time-words.ts";

/** What the judge decided, look by look; looks that decided the same one after the other are one row. */
export function CanaryLooks({
  looks,
  startedAtMs,
}: {
  looks: readonly RunLook[];
  startedAtMs: number;
}): JSX.Element | null {
  if (looks.length === 0) return null;
  return (
    <section class="canary-part">
      <h2>What the judge decided</h2>
      <ol class="canary-looks">
        {groupsOf(looks).map(({ first, last }) => (
          <li key={first.atMs}>
            <time dateTime={new Date(first.atMs).toISOString()} title={utcText(first.atMs)}>
              after {lengthText(first.atMs - startedAtMs)}
            </time>
            <span>
              {first.periods === last.periods
                ? `${first.periods} windows`
                : `${first.periods} to ${last.periods} windows`}
            </span>
            <span class={`mark tone-${tones[last.verdict]}`}>{words[last.verdict]}</span>
            <span>{last.score}/100</span>
            <span class="canary-look-reason">{last.reason}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}

const words = {
  running: "goes on",
  pass: "passed",
  marginal: "marginal",
  fail: "failed",
  inconclusive: "not enough evidence",
} as const;

const tones = {
  running: "quiet",
  pass: "good",
  marginal: "warn",
  fail: "bad",
  inconclusive: "quiet",
} as const;

function groupsOf(looks: readonly RunLook[]): { readonly first: RunLook; readonly last: RunLook }[] {
  const groups: { first: RunLook; last: RunLook }[] = [];
  for (const look of looks) {
    const open = groups.at(-1);
    if (open?.last.verdict === look.verdict && open.last.reason === look.reason) open.last = look;
    else groups.push({ first: look, last: look });
  }
  return groups;
}

import type { JSX } from "preact";

/** The head of every page but the first: the way back, and trouble with what is shown. */
export function TopBar({ problem }: { problem: string | null }): JSX.Element {
  return (
    <header class="top">
      <a class="brand" href="/">
        <span class="logo" aria-hidden="true" />
        Showrunner
      </a>
      {problem !== null && <span class="mark tone-warn">{problem}. Trying again…</span>}
    </header>
  );
}

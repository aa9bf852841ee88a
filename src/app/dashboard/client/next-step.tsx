import type { JSX } from "preact";

/** What a person may do now, as a line for the terminal: pages change nothing themselves. */
export function NextStep({ text, command }: { text: string; command: string }): JSX.Element {
  return (
    <p class="next-step">
      {text}: <code>{command}</code>
    </p>
  );
}

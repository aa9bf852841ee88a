import type { JSX } from "preact";
import { Icon } from "./icon.tsx";
import type { Look } from "./state-words.ts";

/** A state as icon, word and colour. */
export function StateMark({ look, isWordHidden }: { look: Look; isWordHidden?: boolean }): JSX.Element {
  return (
    <span class={`mark tone-${look.tone}`}>
      <Icon name={look.icon} />
      <span class={isWordHidden === true ? "unseen" : undefined}>{look.word}</span>
    </span>
  );
}

import type { JSX } from "preact";
import { Icon } from "./icon.tsx";

const words = {
  pass: { icon: "check", word: "no harm seen" },
  fail: { icon: "cross", word: "worse" },
  inconclusive: { icon: "question", word: "not known" },
} as const;

/** What the judge says of one metric, in a word. */
export function VerdictMark({
  verdict,
  critical,
}: {
  verdict: keyof typeof words;
  critical: boolean;
}): JSX.Element {
  const tones = { pass: "good", fail: critical ? "bad" : "warn", inconclusive: "quiet" } as const;
  const { icon, word } = words[verdict];
  return (
    <span class={`mark tone-${tones[verdict]}`}>
      <Icon name={icon} />
      {word}
    </span>
  );
}

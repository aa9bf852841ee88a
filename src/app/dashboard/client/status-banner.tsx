import { useComputed } from "@preact/signals";
import type { JSX } from "preact";
import type { Overview } from "#app/api/overview.ts";
import { Icon } from "./icon.tsx";
import { usePage } from "./page.ts";
import { type Look, statusLook } from "./state-words.ts";

/** Above this age the page no longer claims to know the fleet's state, milliseconds. */
const ageMsMax = 30_000;

const oldLook: Look = { icon: "question", word: "Last known state", tone: "warn" };
const blankLook: Look = { icon: "circle", word: "Nothing yet", tone: "quiet" };

/** A sentence of more characters is set smaller, so that its second line pushes nothing down. */
const longText = 88;

/** The answer first: one line in words, with the numbers behind it. */
export function StatusBanner({ overview }: { overview: Overview }): JSX.Element {
  const page = usePage();
  const isOld = useComputed(() => page.ageMs.value > ageMsMax).value;
  const look = isOld ? oldLook : isBlank(overview) ? blankLook : statusLook[overview.status.level];
  return (
    <section class={`status tone-${look.tone}`} aria-label="Status">
      <span class="status-sign">
        <Icon name={look.icon} />
      </span>
      <div>
        <div role="status">
          <h1 class={overview.status.text.length > longText ? "long" : undefined}>
            <span class="status-word">{look.word}</span>
            <span class="unseen">: </span>
            <span class="status-text">{overview.status.text}</span>
          </h1>
        </div>
        <p class="status-numbers">{numbers(overview)}</p>
      </div>
    </section>
  );
}

/** An empty fleet is not well, it is only empty. */
function isBlank(overview: Overview): boolean {
  return overview.status.level === "ok" && overview.scripts.length === 0;
}

function numbers(overview: Overview): string {
  const nodes = overview.regions.flatMap((region) => region.nodes);
  const ready = nodes.filter((node) => node.state === "ready").length;
  const inFlight = overview.rollouts.filter((rollout) => rollout.completedAt === null).length;
  return [
    count(overview.scripts.length, "script"),
    count(overview.regions.length, "region"),
    `${ready} of ${count(nodes.length, "node")} ready`,
    `${count(inFlight, "rollout")} in flight`,
    count(overview.pullRequests.length, "open pull request"),
    ...(overview.promises.onTimePct === null ? [] : [`${overview.promises.onTimePct}% of rollouts on time`]),
  ].join(" · ");
}

function count(number: number, noun: string): string {
  return `${number.toLocaleString()} ${noun}${number === 1 ? "" : "s"}`;
}

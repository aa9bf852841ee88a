import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { RollbackAnswer, ShipAnswer } from "#app/api/campaign-answers.ts";
import type { CampaignDetail } from "#app/api/campaign-view.ts";
import { type Order, OrderDialog } from "./order-dialog.tsx";

type Action = "ship" | "stop" | "resume" | "rollback";

/** What a person may do with a campaign now, and what is being done. */
export function CampaignActions({ campaign }: { campaign: CampaignDetail }): JSX.Element {
  const [open, setOpen] = useState<Action | null>(null);
  const [said, setSaid] = useState("");
  const end = (words: string | null): void => {
    setOpen(null);
    if (words !== null) setSaid(words);
  };
  return (
    <section class="campaign-actions" aria-label="What may be done">
      {actionsOf(campaign).map((action) => (
        <button
          key={action}
          type="button"
          class={`button ${action === "ship" ? "primary" : ""}`}
          onClick={() => {
            setSaid("");
            setOpen(action);
          }}
        >
          {wordsOf(action, campaign)}
        </button>
      ))}
      <span role="status">{said === "" ? underWay(campaign) : said}</span>
      {open === "ship" && <ShipDialog campaign={campaign} onEnd={end} />}
      {open === "rollback" && <RollbackDialog campaign={campaign} onEnd={end} />}
      {(open === "stop" || open === "resume") && (
        <ChangeDialog campaign={campaign} action={open} onEnd={end} />
      )}
    </section>
  );
}

function actionsOf({ state, counts, units }: CampaignDetail): Action[] {
  const isOpen = units.some(({ pullRequest }) => pullRequest?.state === "open");
  const isShipped = counts.shipped + counts.rollingOut > 0;
  const rollback: Action[] = isShipped && state !== "rollingBack" ? ["rollback"] : [];
  if (state === "running") return [...(isOpen ? ["ship" as const] : []), "stop", ...rollback];
  return state === "done" || state === "superseded" ? rollback : ["resume", ...rollback];
}

function wordsOf(action: Action, { counts, state }: CampaignDetail): string {
  switch (action) {
    case "ship":
      return counts.passed > 0 ? `Ship what passed (${counts.passed})` : "Ship by score";
    case "stop":
      return "Stop";
    case "resume":
      return state === "rollingBack" ? "Stop taking back, and go on" : "Let it go on";
    case "rollback":
      return "Take back what was shipped";
    default:
      return action satisfies never;
  }
}

function underWay({ shipping, rollback }: CampaignDetail): string {
  if (rollback !== null && rollback.left > 0)
    return `${rollback.left} on their way back, a few at a time; ${rollback.back} are back.`;
  if (rollback !== null) return `${rollback.back} are back.`;
  return shipping > 0 ? `${shipping} are being merged, a few rollouts at a time.` : "";
}

interface DialogProps {
  readonly campaign: CampaignDetail;
  /** With what to say of it; null when nothing was done. */
  readonly onEnd: (words: string | null) => void;
}

function ShipDialog({ campaign, onEnd }: DialogProps): JSX.Element {
  const [score, setScore] = useState(campaign.shipScore);
  const order: Order<ShipAnswer> = {
    title: "Ship by score",
    explanation: "Merges exactly the commits that were tried, and keeps a few rollouts under way at a time.",
    address: addressOf(campaign, "ship"),
    fields: { score },
    isAnswer: (body): body is ShipAnswer => "ships" in body && "left" in body,
    preview: ({ ships, left, atOnce }) => (
      <>
        <p>
          {ships.length === 0
            ? "Nothing scores enough and waits to be shipped."
            : `${ships.length} would be merged, ${atOnce} rollouts at once:`}
        </p>
        <List lines={ships.map((one) => `${one.repository}#${one.pullRequest} · ${one.score} of 100`)} />
        <Stays lines={left.map((one) => `${one.repository}#${one.pullRequest}: ${one.why}`)} />
      </>
    ),
    confirm: (answer) =>
      answer === null || answer.ships.length === 0 ? null : `Ship ${numberOf(answer.ships.length)}`,
    isReasoned: true,
    choices: (
      <label class="field">
        Ship all scoring at least
        <input
          type="number"
          min={0}
          max={100}
          required
          value={score}
          onInput={({ currentTarget: { valueAsNumber: chosen } }) => {
            if (chosen >= 0 && chosen <= 100) setScore(chosen);
          }}
        />
      </label>
    ),
  };
  const onDone = (answer: ShipAnswer | null): void =>
    onEnd(answer && `${numberOf(answer.ships.length)} will be merged.`);
  return <OrderDialog order={order} onEnd={onDone} />;
}

function RollbackDialog({ campaign, onEnd }: DialogProps): JSX.Element {
  const order: Order<RollbackAnswer> = {
    title: "Take back what was shipped",
    explanation:
      "Stops the campaign. Scripts that are still as it shipped them go back to what they served before, each with a pull request that reverts it.",
    address: addressOf(campaign, "rollback"),
    fields: {},
    isAnswer: (body): body is RollbackAnswer => "takesBack" in body && "left" in body,
    preview: ({ takesBack, coming, open, left, atOnce }) => (
      <>
        <p>
          {takesBack.length === 0
            ? "Nothing is as the campaign shipped it."
            : `${takesBack.length} would go back, ${atOnce} at once:`}
        </p>
        <List
          lines={takesBack.map(
            ({ script, repository, pullRequest, from, to }) =>
              `${script} from ${from.slice(0, 7)}${to === null ? "" : ` to ${to.slice(0, 7)}`} · ${repository}#${pullRequest}`,
          )}
        />
        {coming > 0 && <p>{coming} more are merged and not built yet: they go back once they roll out.</p>}
        {open > 0 && <p>{open} open pull requests are not merged.</p>}
        <Stays lines={left.map(({ script, why }) => `${script}: ${why}`)} />
      </>
    ),
    confirm: (answer) =>
      answer === null || answer.takesBack.length + answer.coming === 0
        ? null
        : `Take ${answer.takesBack.length + answer.coming} back`,
    isReasoned: true,
  };
  const onDone = (answer: RollbackAnswer | null): void =>
    onEnd(answer && `${answer.takesBack.length + answer.coming} will go back.`);
  return <OrderDialog order={order} onEnd={onDone} />;
}

function ChangeDialog({
  campaign,
  action,
  onEnd,
}: DialogProps & { readonly action: "stop" | "resume" }): JSX.Element {
  const isStop = action === "stop";
  const order: Order<object> = {
    title: isStop ? "Stop the campaign" : "Let the campaign go on",
    explanation: isStop
      ? "It opens and ships nothing more until it is let go on. What is merged stays."
      : "It opens pull requests again, and what was judged before does not stop it again. What went back stays so.",
    address: addressOf(campaign, action),
    fields: {},
    isAnswer: (body): body is object => "change" in body,
    preview: null,
    confirm: () => (isStop ? "Stop it" : "Let it go on"),
    isReasoned: isStop,
  };
  return (
    <OrderDialog order={order} onEnd={(done) => onEnd(done && (isStop ? "It stops." : "It goes on."))} />
  );
}

function List({ lines }: { lines: readonly string[] }): JSX.Element {
  return (
    <ul class="order-list">
      {lines.map((line) => (
        <li key={line}>{line}</li>
      ))}
    </ul>
  );
}

function Stays({ lines }: { lines: readonly string[] }): JSX.Element | null {
  if (lines.length === 0) return null;
  return (
    <details>
      <summary>{lines.length} stay as they are</summary>
      <List lines={lines} />
    </details>
  );
}

function numberOf(count: number): string {
  return count === 1 ? "1 pull request" : `${count} pull requests`;
}

function addressOf({ name }: CampaignDetail, action: Action): string {
  return `/api/campaigns/${encodeURIComponent(name)}/${action}`;
}

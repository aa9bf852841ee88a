import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { type Access, forgetAccess, keepAccess, knownAccess } from "./access.ts";
import { type OrderAnswer, sendOrder } from "./send-order.ts";

/** Something that a person may ask for on a page. `T` is what the API answers. */
export interface Order<T> {
  readonly title: string;
  readonly explanation: string;
  readonly address: string;
  /** What is sent, beside the reason and whether it is a dry run. */
  readonly fields: object;
  readonly isAnswer: (body: object) => body is T & object;
  /** Shows what would happen, from the answer to a dry run; null asks for none. */
  readonly preview: ((answer: T) => ComponentChildren) | null;
  /** The words of the button that does it; null when there is nothing to do. */
  readonly confirm: (answer: T | null) => string | null;
  /** Whether a reason is asked for. */
  readonly isReasoned: boolean;
  /** What is chosen in the dialog itself. */
  readonly choices?: ComponentChildren;
}

interface OrderDialogProps<T> {
  readonly order: Order<T>;
  /** With the words to show for what was done; null when nothing was. */
  readonly onEnd: (done: T | null) => void;
}

/** Asks who wants it, shows what would happen, and does it once that was confirmed. */
export function OrderDialog<T>({ order, onEnd }: OrderDialogProps<T>): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  const [access, setAccess] = useState<Access | null>(knownAccess);
  const [hint, setHint] = useState<string | null>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const onRefused = (): void => {
    forgetAccess();
    setAccess(null);
    setHint("The control plane does not know this token.");
  };
  return (
    <dialog ref={dialog} class="order" aria-labelledby="order-title" onClose={() => onEnd(null)}>
      <h2 id="order-title">{order.title}</h2>
      <p class="order-words">{order.explanation}</p>
      {access === null ? (
        <AccessForm
          hint={hint}
          onCancel={() => onEnd(null)}
          onGiven={(given) => {
            keepAccess(given);
            setAccess(given);
          }}
        />
      ) : (
        <OrderForm order={order} access={access} onEnd={onEnd} onUnknownToken={onRefused} />
      )}
    </dialog>
  );
}

interface AccessFormProps {
  readonly hint: string | null;
  readonly onCancel: () => void;
  readonly onGiven: (access: Access) => void;
}

function AccessForm({ hint, onCancel, onGiven }: AccessFormProps): JSX.Element {
  const [token, setToken] = useState("");
  const [name, setName] = useState("");
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (token.trim() !== "") onGiven({ token: token.trim(), name: name.trim() });
      }}
    >
      {hint !== null && <p role="alert">{hint}</p>}
      <label class="field">
        Token of the API
        <input
          type="password"
          value={token}
          autocomplete="off"
          required
          onInput={(event) => setToken(event.currentTarget.value)}
        />
        <small>
          The one that the command line uses; of <code>npm start</code> it is in{" "}
          <code>.showrunner/token</code>. This tab keeps it until it is closed.
        </small>
      </label>
      <label class="field">
        Your name, for the record
        <input
          value={name}
          maxLength={60}
          pattern="[A-Za-z0-9][A-Za-z0-9._\-]*"
          title="Letters, digits, dots, dashes and underscores"
          autocomplete="off"
          onInput={(event) => setName(event.currentTarget.value)}
        />
      </label>
      <p class="order-buttons">
        <button type="button" class="button" onClick={onCancel}>
          Cancel
        </button>
        <button type="submit" class="button primary">
          Continue
        </button>
      </p>
    </form>
  );
}

interface OrderFormProps<T> extends OrderDialogProps<T> {
  readonly access: Access;
  readonly onUnknownToken: () => void;
}

function OrderForm<T>({ order, access, onEnd, onUnknownToken }: OrderFormProps<T>): JSX.Element {
  const [reason, setReason] = useState("");
  const [isSending, setSending] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const [plan, setPlan] = useState<T | null>(null);
  const { address, fields, preview } = order;
  const asked = JSON.stringify([address, fields]);

  const heard = (answer: OrderAnswer<T>, onDone: (body: T) => void): void => {
    setProblem(answer.kind === "refused" ? answer.message : null);
    if (answer.kind === "unknownToken") onUnknownToken();
    if (answer.kind === "done") onDone(answer.body);
  };
  useEffect(() => {
    let isCurrent = true;
    setPlan(null);
    const ask = async (): Promise<void> => {
      const answer = await sendOrder(address, { ...fields, dryRun: true }, access, order.isAnswer);
      if (isCurrent) heard(answer, setPlan);
    };
    if (preview !== null) void ask();
    return () => {
      isCurrent = false;
    };
  }, [asked]);

  const confirm = preview !== null && plan === null ? null : order.confirm(plan);
  const submit = async (): Promise<void> => {
    setSending(true);
    const why = reason.trim() === "" ? {} : { reason: reason.trim() };
    heard(await sendOrder(address, { ...fields, ...why }, access, order.isAnswer), onEnd);
    setSending(false);
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (confirm !== null && !isSending) void submit();
      }}
    >
      {order.choices}
      {preview !== null && (
        <div class="order-preview" aria-live="polite">
          {plan === null ? problem === null && "Asking what would happen…" : preview(plan)}
        </div>
      )}
      {order.isReasoned && (
        <label class="field">
          Why, for the record
          <input
            value={reason}
            maxLength={500}
            autocomplete="off"
            onInput={(event) => setReason(event.currentTarget.value)}
          />
        </label>
      )}
      {problem !== null && <p role="alert">{problem}</p>}
      <p class="order-buttons">
        <button type="button" class="button" onClick={() => onEnd(null)}>
          Cancel
        </button>
        {confirm !== null && (
          <button type="submit" class="button primary" disabled={isSending}>
            {isSending ? "Sending…" : confirm}
          </button>
        )}
      </p>
    </form>
  );
}

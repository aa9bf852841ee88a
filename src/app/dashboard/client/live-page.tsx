import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { LiveView } from "./live-view.ts";

interface LivePageProps<View extends object> {
  readonly live: LiveView<View>;
  /** What it is about, as it stands after "Loading". */
  readonly what: string;
  /** Of the window; of what is shown, once there is any. */
  readonly title: (view: View | null) => string;
  readonly className?: string;
  readonly children: (view: View) => JSX.Element;
}

/** Every page but the first: the way back, trouble with what is shown, and what is shown once there is any. */
export function LivePage<View extends object>(props: LivePageProps<View>): JSX.Element {
  const { live, what, className, children } = props;
  const view = live.view.value;
  const problem = live.problem.value;
  const title = props.title(view);
  useEffect(() => {
    document.title = `${title} · Showrunner`;
  }, [title]);
  return (
    <div class={className === undefined ? "page canary" : `page canary ${className}`}>
      <header class="top">
        <a class="brand" href="/">
          <span class="logo" aria-hidden="true" />
          Showrunner
        </a>
        {view !== null && problem !== null && <span class="mark tone-warn">{problem}. Trying again…</span>}
      </header>
      {view === null ? (
        <p class="boot" role="status">
          {problem === null ? `Loading ${what}…` : `${problem}.`}
        </p>
      ) : (
        children(view)
      )}
    </div>
  );
}

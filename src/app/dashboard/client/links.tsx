import type { ComponentChildren, JSX } from "preact";
import type { LinkedText } from "#app/api/linked-text.ts";
import { usePage } from "./page.ts";
import { safeUrl } from "./safe-url.ts";
import { type ViewState, viewStateUrl } from "./view-state.ts";

interface OutLinkProps {
  readonly to: string | null;
  readonly class?: string;
  readonly title?: string;
  readonly label?: string;
  readonly children: ComponentChildren;
}

/** A link to another site; plain text when the address is not one of the web. */
export function OutLink({ to, label, children, ...rest }: OutLinkProps): JSX.Element {
  const href = to === null ? null : safeUrl(to);
  if (href === null) {
    return <span {...rest}>{children}</span>;
  }
  return (
    <a href={href} rel="noreferrer" aria-label={label} {...rest}>
      {children}
    </a>
  );
}

/** What the API says with the address it has for it, such as a commit. */
export function Linked({ to, isCode = false }: { to: LinkedText; isCode?: boolean }): JSX.Element {
  return <OutLink to={to.url}>{isCode ? <code>{to.text}</code> : to.text}</OutLink>;
}

interface ViewLinkProps {
  readonly change: Partial<ViewState>;
  readonly class?: string;
  readonly title?: string;
  readonly label?: string;
  readonly current?: boolean;
  readonly children: ComponentChildren;
}

/** A link to another view of this page; a plain click shows it without loading the page anew. */
export function ViewLink({ change, label, current, children, ...rest }: ViewLinkProps): JSX.Element {
  const page = usePage();
  const next = { ...page.view.value, ...change };
  const onClick = (event: MouseEvent): void => {
    if (event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey) {
      event.preventDefault();
      page.go(next, "push");
    }
  };
  return (
    <a
      href={viewStateUrl(next)}
      onClick={onClick}
      aria-label={label}
      aria-current={current === true ? "true" : undefined}
      {...rest}
    >
      {children}
    </a>
  );
}

import type { JSX } from "preact";

export type IconName = keyof typeof paths;

const paths = {
  check: <path d="M3.5 8.5l3 3 6-7" />,
  cross: <path d="M4.5 4.5l7 7m0-7l-7 7" />,
  notEqual: <path d="M3 6h10M3 10h10M10.5 3l-5 10" />,
  question: <path d="M5.8 6a2.2 2.2 0 1 1 3.4 1.9c-.8.5-1.2.9-1.2 1.8m0 2.8v.1" />,
  dash: <path d="M5 8h6" />,
  dot: <circle cx="8" cy="8" r="3" fill="currentColor" />,
  circle: <circle cx="8" cy="8" r="4.5" />,
  half: (
    <>
      <circle cx="8" cy="8" r="5" />
      <path d="M8 3a5 5 0 0 1 0 10z" fill="currentColor" />
    </>
  ),
  alert: <path d="M8 2.8l5.8 10.4H2.2zM8 6.8v3m0 1.9v.1" />,
  pull: (
    <>
      <circle cx="4.5" cy="4" r="1.6" />
      <circle cx="4.5" cy="12" r="1.6" />
      <circle cx="11.5" cy="12" r="1.6" />
      <path d="M4.5 5.6v4.8M11.5 10.4V6.5a2 2 0 0 0-2-2H7.5" />
    </>
  ),
  out: <path d="M6 4h6v6M12 4l-7.5 7.5" />,
  close: <path d="M4.5 4.5l7 7m0-7l-7 7" />,
  search: (
    <>
      <circle cx="7" cy="7" r="4" />
      <path d="M10 10l3.5 3.5" />
    </>
  ),
} satisfies Record<string, JSX.Element>;

/** A small drawing beside a word; the word carries the meaning for those who do not see it. */
export function Icon({ name }: { name: IconName }): JSX.Element {
  return (
    <svg class="icon" viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
      {paths[name]}
    </svg>
  );
}

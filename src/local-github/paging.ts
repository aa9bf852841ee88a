import type { Call } from "./call.ts";

export type Page<T> = { items: T[]; headers: Record<string, string> };

const PER_PAGE_DEFAULT = 30;
const PER_PAGE_MAX = 100;

/** The part of a list that `page` and `per_page` ask for, with GitHub's `Link` header. */
export function paged<T>(call: Call, all: readonly T[]): Page<T> {
  const perPage = perPageOf(call);
  const page = Math.max(1, Math.floor(Number(call.query.get("page") ?? 1)) || 1);
  const last = Math.max(1, Math.ceil(all.length / perPage));
  const links: string[] = [];
  const link = (to: number, rel: string) =>
    links.push(`<${pageUrl(call, { page: String(to) })}>; rel="${rel}"`);
  if (page > 1) {
    link(Math.min(page - 1, last), "prev");
    link(1, "first");
  }
  if (page < last) {
    link(page + 1, "next");
    link(last, "last");
  }
  const items = all.slice((page - 1) * perPage, page * perPage);
  return { items, headers: links.length > 0 ? { link: links.join(", ") } : {} };
}

export function perPageOf(call: Call): number {
  const asked = Math.floor(Number(call.query.get("per_page") ?? PER_PAGE_DEFAULT));
  return Math.min(PER_PAGE_MAX, Math.max(1, asked || PER_PAGE_DEFAULT));
}

/** The request's own address with some of its query changed. */
export function pageUrl(call: Call, changes: Record<string, string>): string {
  const query = new URLSearchParams(call.query);
  for (const [name, value] of Object.entries(changes)) query.set(name, value);
  return `${call.url}?${query.toString()}`;
}

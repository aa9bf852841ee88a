import type { LazyParts } from "../lazy.ts";
import { isSearchParams, parseForm, searchParamsText, URLSearchParams } from "./url-search-params.ts";
import { makeUrlClass, parseUrl } from "./url.ts";

/** URL and URLSearchParams. */
export function load(parts: LazyParts) {
  return {
    globals: { URL: makeUrlClass(parts.urlParser), URLSearchParams },
    /** Null for what is no URL. `base` is undefined or converted as the input is. */
    parse: (input: unknown, base: unknown) => parseUrl(parts.urlParser, input, base),
    isSearchParams: (value: object): boolean => isSearchParams(value),
    searchParamsText: (value: object): string => (isSearchParams(value) ? searchParamsText(value) : ""),
    parseForm,
  };
}

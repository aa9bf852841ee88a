import { isObject } from "./webidl.ts";

/** The address that relative ones are resolved against; undefined where a script has none, as is the rule. */
export function environmentBase(): string | undefined {
  const place: unknown = Reflect.get(globalThis, "location");
  const href: unknown = isObject(place) ? place["href"] : undefined;
  return typeof href === "string" ? href : undefined;
}

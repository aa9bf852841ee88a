import { expect, it } from "@jest/globals";
import { steadyOrder } from "#app/dashboard/client/steady-order.ts";

it.each<[string, string[], string[], string[], string[]]>([
  ["starts in the given order", [], ["b", "a"], [], ["b", "a"]],
  ["keeps the order when the server's changes", ["a", "b"], ["b", "a"], [], ["a", "b"]],
  ["puts new ones last", ["a"], ["new", "a"], [], ["a", "new"]],
  ["drops what is gone", ["a", "b"], ["b"], [], ["b"]],
  ["keeps what lingers in its place", ["a", "b"], ["b"], ["a"], ["a", "b"]],
])("%s", (_name, seen, present, lingering, expected) => {
  expect(steadyOrder(seen, present, (id) => lingering.includes(id))).toEqual(expected);
});

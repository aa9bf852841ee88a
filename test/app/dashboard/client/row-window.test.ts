import { expect, it } from "@jest/globals";
import { rowWindow } from "#app/dashboard/client/row-window.ts";

it.each([
  ["draws all of a short list", [5, 36, 0, 360], { first: 0, end: 5 }],
  ["draws the top with a margin below", [2000, 36, 0, 360], { first: 0, end: 34 }],
  ["draws the middle with a margin on both sides", [2000, 36, 36_000, 360], { first: 988, end: 1022 }],
  ["draws the end", [2000, 36, 72_000 - 360, 360], { first: 1978, end: 2000 }],
  ["follows when a filter shortened the list", [30, 36, 60_000, 360], { first: 8, end: 30 }],
  ["draws nothing of nothing", [0, 36, 0, 360], { first: 0, end: 0 }],
  ["bears the overscroll of a phone", [2000, 36, -80, 360], { first: 0, end: 34 }],
] as const)("%s", (_name, [count, heightPx, topPx, viewPx], expected) => {
  expect(rowWindow(count, heightPx, topPx, viewPx)).toEqual(expected);
});

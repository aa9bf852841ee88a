import { expect, it } from "@jest/globals";
import { safeUrl } from "#app/dashboard/client/safe-url.ts";

it.each([
  ["https://github.example/acme/x/pull/1", "https://github.example/acme/x/pull/1"],
  ["http://127.0.0.1:4401/acme/x", "http://127.0.0.1:4401/acme/x"],
  ["javascript:alert(1)", null],
  [" \u0001java\nscript:alert(1)", null],
  ["data:text/html,<script>", null],
  ["blob:https://github.example/1", null],
  ["/relative", null],
  ["//github.example/x", null],
  ["", null],
])("takes %j for %j", (address, expected) => {
  expect(safeUrl(address)).toBe(expected);
});

import { expect, it } from "@jest/globals";
import { gitUrl } from "#adapters/github/git-url.ts";

it.each([
  ["https://api.github.com", "https://github.com/acme/app.git"],
  ["https://api.acme.ghe.com", "https://acme.ghe.com/acme/app.git"],
  ["https://ghe.acme.example/api/v3", "https://ghe.acme.example/acme/app.git"],
  ["http://127.0.0.1:4401/api/v3/", "http://127.0.0.1:4401/acme/app.git"],
])("names the repository behind the API at %s", (api, expected) => {
  expect(gitUrl(api, "acme/app")).toBe(expected);
});

import { describe, expect, it } from "@jest/globals";
import { assert, constantFrom, property, string } from "fast-check";
import { codeSpan, escapeMarkdown, tableCell } from "#adapters/github/markdown.ts";

/** What a person sees: without escapes, entities and invisible joints. */
function seen(markdown: string): string {
  return markdown
    .replace(/\\([!-/:-@[-`{-~])/g, "$1")
    .replaceAll("\u2060", "")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");
}

describe("escapeMarkdown", () => {
  it.each([
    ["a mention", "@acme/platform and @bob", /@\w/],
    ["a link", "[text](https://evil.example)", /(?<!\\)[[\]]|:\/\//],
    ["a bare link", "https://evil.example", /:\/\//],
    ["a www link", "www.evil.example", /www\./],
    ["HTML", "<img src=x onerror=alert(1)> <!-- showrunner:progress -->", /<|>/],
    ["an entity", "&lt;img&gt;", /&(?!amp;|lt;|gt;)\w/],
    ["a reference to an issue", "fixes #12, acme/app#3 and GH-7", /#\d|GH-\d/],
    ["a commit", "1f0c9e2aa", /\b[0-9a-f]{7,}\b/],
    ["an emoji's name", "really :rocket: fast", /:rocket:/],
    ["emphasis and code", "*a* _b_ `c` ~~d~~ $x$", /(?<!\\)[*_`~$]/],
    ["a table", "a | b", /(?<!\\)\|/],
    ["a heading", "# big", /^#/],
    ["a list", "- item", /^-/],
    ["a numbered list", "1. item", /^\d+\./],
    ["an escaped escape", "\\@x \\[y]", /(?<!\\)(?:\\\\)*[[\]]/],
  ])("makes %s inert", (_name, text, active) => {
    expect(escapeMarkdown(text)).not.toMatch(active);
    expect(seen(escapeMarkdown(text))).toBe(text);
  });

  it("makes one line, without control characters and marks that reorder text", () => {
    expect(seen(escapeMarkdown("a\r\n\n| --- |\u0000b\u202Ec\u2028d"))).toBe("a | --- | bc d");
  });

  it("leaves plain words alone", () => {
    expect(escapeMarkdown("The region is unknown, did you mean another?")).toBe(
      "The region is unknown, did you mean another?",
    );
  });

  it("never lets markup, mentions or line breaks through, and reads the same", () => {
    assert(
      property(string({ unit: constantFrom(..."@#<>&[]()`*_|~\\!:/.-$w1af\n ".split("")) }), (text) => {
        const escaped = escapeMarkdown(text);
        expect(escaped).not.toMatch(/@\w|[<>\n]|(?<!\\)(?:\\\\)*[[\]`*_|~$]|:\/\/|#\d|^[#+=-]/);
        expect(seen(escaped)).toBe(text.replace(/\n+/g, " ").trim());
      }),
    );
  });
});

describe("codeSpan", () => {
  it.each([
    ["artwork@4", "`artwork@4`"],
    ["a`b", "``a`b``"],
    ["`", "`` ` ``"],
    ["``x", "``` ``x ```"],
    ["a\nb", "`a b`"],
    ["", ""],
    [" \n ", ""],
    ["<b>&amp;</b>", "`<b>&amp;</b>`"],
  ])("quotes %j", (text, expected) => {
    expect(codeSpan(text)).toBe(expected);
  });
});

describe("tableCell", () => {
  it("keeps a text in its cell", () => {
    expect(tableCell("a | b\n| c |")).toBe("a \\| b \\| c \\|");
    expect(tableCell("")).toBe(" ");
  });
});

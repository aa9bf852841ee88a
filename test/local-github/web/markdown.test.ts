import { describe, expect, it } from "@jest/globals";
import { renderMarkdown } from "#local-github/web/markdown.ts";

const render = (text: string): string => renderMarkdown(text, "http://127.0.0.1:4401/acme/artwork").safe;

describe("Markdown on the pages", () => {
  it.each([
    ["tables", "| a | b |\n| --- | --- |\n| 1 | **2** |", "<td><strong>2</strong></td>"],
    ["collapsed details", "<details><summary>More</summary>\n\n- x\n</details>", "<summary>More</summary>"],
    ["task lists", "- [x] done", 'type="checkbox"'],
    [
      "references",
      "Revert: #43",
      '<a href="http://127.0.0.1:4401/acme/artwork/pull/43" rel="nofollow noopener">#43</a>',
    ],
    ["mentions", "cc @acme/platform", '<strong class="mention">@acme/platform</strong>'],
    [
      "plots, as text for the page's script",
      "```mermaid\nxychart-beta\n  x-axis [1]\n```",
      '<pre class="mermaid">xychart-beta',
    ],
    ["code with its language", "```js\n1 < 2\n```", '<code class="language-js">1 &lt; 2'],
  ])("shows %s", (_name, text, expected) => {
    expect(render(text)).toContain(expected);
  });

  it.each([
    ["a script", "<script>alert(1)</script>", "script"],
    ["an event handler", '<img src="x" onerror="alert(1)">', "onerror"],
    ["a javascript: link", "[x](javascript:alert(1))", "javascript:"],
    ["a data: link", "[x](data:text/html;base64,PHNjcmlwdD4=)", "data:"],
    ["a frame", '<iframe src="http://x"></iframe>', "iframe"],
    ["a form", '<form action="/x"><button>go</button></form>', "form"],
    ["a text field", '<input type="text" name="password">', "input"],
    ["a style", '<p style="position:fixed">x</p>', "style"],
    ["a tag inside a plot", "```mermaid\n</pre><script>alert(1)</script>\n```", "<script"],
    ["a handler in a mention", '@a"onclick="alert(1)', 'a"onclick'],
  ])("takes out %s", (_name, text, hostile) => {
    expect(render(text)).not.toContain(hostile);
  });

  it("leaves numbers in words and addresses alone", () => {
    expect(render("`#12` and C#12 and a&#39;b")).not.toContain("/pull/");
  });
});

import { Marked, type TokenizerAndRendererExtension } from "marked";
import sanitizeHtml from "sanitize-html";
import type { Html } from "./html.ts";

/** Longer texts are cut; GitHub keeps 65,536 characters of a comment or of a check's text. */
const CHARACTERS_MAX = 65_536;

/**
 * GitHub-flavoured Markdown as safe HTML: tables, task lists, `<details>`, `#12` as a link and `@name` marked. Scripts,
 * styles, event handlers, frames and forms in it are taken out. A `mermaid` block keeps its text in
 * `<pre class="mermaid">`, which the page's script draws.
 */
export function renderMarkdown(text: string, repositoryUrl: string): Html {
  const marked = new Marked({ gfm: true, breaks: true, async: false });
  marked.use({ extensions: [references(repositoryUrl), mentions], renderer: { code: mermaidCode } });
  const rendered = marked.parse(text.slice(0, CHARACTERS_MAX), { async: false });
  return { safe: sanitizeHtml(rendered, ALLOWED) };
}

const TAGS =
  "h1 h2 h3 h4 h5 h6 p br hr blockquote pre code kbd samp ul ol li input dl dt dd a img strong b em i del s sub sup " +
  "table thead tbody tr th td details summary span div";

const ALLOWED: sanitizeHtml.IOptions = {
  allowedTags: TAGS.split(" "),
  allowedAttributes: {
    a: ["href", "title", "rel"],
    img: ["src", "alt", "title", "width", "height"],
    input: ["type", "checked", "disabled"],
    th: ["align"],
    td: ["align"],
    details: ["open"],
    ol: ["start"],
    pre: ["class"],
    code: ["class"],
    strong: ["class"],
  },
  allowedClasses: { pre: ["mermaid"], code: ["language-*"], strong: ["mention"] },
  allowedSchemes: ["http", "https", "mailto"],
  allowProtocolRelative: false,
  // A checkbox of a task list shows a state; nobody sends it anywhere.
  exclusiveFilter: (frame) => frame.tag === "input" && frame.attribs["type"] !== "checkbox",
  transformTags: { a: sanitizeHtml.simpleTransform("a", { rel: "nofollow noopener" }) },
};

function references(repositoryUrl: string): TokenizerAndRendererExtension {
  return {
    name: "reference",
    level: "inline",
    start: (source) => source.search(/(?<![\w&/])#\d/),
    tokenizer(source) {
      const [raw, number] = /^#(\d{1,9})\b/.exec(source) ?? [];
      return raw === undefined ? undefined : { type: "reference", raw, number };
    },
    renderer: (token) => `<a href="${repositoryUrl}/pull/${token["number"]}">#${token["number"]}</a>`,
  };
}

const mentions: TokenizerAndRendererExtension = {
  name: "mention",
  level: "inline",
  start: (source) => source.search(/(?<![\w@/.])@[a-z\d]/i),
  tokenizer(source) {
    const [raw] = /^@[a-z\d](?:[a-z\d-]{0,38}(?:\/[a-z\d-]{1,60})?)/i.exec(source) ?? [];
    return raw === undefined ? undefined : { type: "mention", raw };
  },
  renderer: (token) => `<strong class="mention">${token.raw}</strong>`,
};

function mermaidCode({ text, lang }: { text: string; lang?: string | undefined }): string | false {
  if (lang !== "mermaid") return false;
  const escaped = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  return `<pre class="mermaid">${escaped}</pre>\n`;
}

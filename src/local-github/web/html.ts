/** HTML that is safe to put into a page: made by `html` from escaped values, or by the Markdown sanitiser. */
export type Html = { readonly safe: string };

type Value = string | number | Html | readonly Html[];

export const nothing: Html = { safe: "" };

/** A template whose values are escaped, unless they are HTML already. */
export function html(strings: TemplateStringsArray, ...values: readonly Value[]): Html {
  const parts = strings.map(
    (text, index) => text + (index < values.length ? written(values[index] ?? "") : ""),
  );
  return { safe: parts.join("") };
}

const ENTITIES: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function written(value: Value): string {
  if (typeof value === "object")
    return "safe" in value ? value.safe : value.map((each) => each.safe).join("");
  return String(value).replaceAll(/[&<>"']/g, (sign) => ENTITIES[sign] ?? sign);
}

/** The address if it is one a link may lead to (http or https), else null: a `javascript:` address is only text. */
export function safeUrl(address: string): string | null {
  const url = URL.parse(address);
  return url !== null && (url.protocol === "https:" || url.protocol === "http:") ? url.href : null;
}

const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const OUTER_SPACE = /^[\t\n\r ]+|[\t\n\r ]+$/g;
// oxlint-disable-next-line no-control-regex -- these are the characters that end a header line
const FORBIDDEN_IN_VALUE = /[\0\n\r]/;

/** The name in lower case; a TypeError when it is none. */
export function checkedName(name: string): string {
  if (!NAME.test(name)) throw new TypeError(`Headers: ${JSON.stringify(name)} is not a header name`);
  return name.toLowerCase();
}

/** The value without the space around it; a TypeError when it cannot be in a header line. `name` is for the error. */
export function normalizedValue(value: string, name: string): string {
  const text = value.replaceAll(OUTER_SPACE, "");
  if (FORBIDDEN_IN_VALUE.test(text)) throw new TypeError(`Headers: the value of ${name} ends its line`);
  return text;
}

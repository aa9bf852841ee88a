/** The web's conversion of any argument to a string. Scripts are not held to our types. */
export function toText(value: unknown): string {
  return String(value);
}

/** Makes a switch exhaustive at compile time; throws when a value slips past the types. */
export function assertNever(value: never): never {
  throw new Error(`unexpected value: ${JSON.stringify(value)}`);
}

/** Makes the compiler prove that a switch covers every member of a union. Throws when data from outside broke the type. */
export function assertNever(value: never): never {
  throw new Error(`Unexpected value: ${JSON.stringify(value)}`);
}

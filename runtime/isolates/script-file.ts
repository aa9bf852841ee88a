/** What stack traces call a script's code. Compiled code is good only for the name that it was compiled under. */
export function scriptFile(name: string, version: string): string {
  return `${name}@${version}.js`;
}

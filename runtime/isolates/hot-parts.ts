/** Those that next to every script touches in its first request. */
const HOT_NAMES = ["urls", "headers"];

/** The code of the parts that are worth compiling ahead, of what `sandboxModules` made. */
export function hotParts(modules: ReadonlyMap<string, string>): string[] {
  return HOT_NAMES.flatMap((name) => modules.get(name) ?? []);
}

// V8 puts a text that was added up together when somebody looks into it. A longer one is left as it is.
const LOOKED_INTO_MAX = 1_000_000;

/** The beginning of a text. Of one so long that to look into it would be the harm itself, only its length is told. */
export function clip(text: string, lengthMax: number): string {
  return text.length > LOOKED_INTO_MAX ? `(a text of ${text.length} characters)` : text.slice(0, lengthMax);
}

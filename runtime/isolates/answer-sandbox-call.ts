import { createHash, randomBytes } from "node:crypto";

const RANDOM_BYTES_MAX = 65_536;
const TEXT_LENGTH_MAX = 64 * 1024 * 1024;
const DIGESTS = new Map([
  ["SHA-1", "sha1"],
  ["SHA-256", "sha256"],
  ["SHA-384", "sha384"],
  ["SHA-512", "sha512"],
]);

/**
 * What a sandbox may ask for at once, by strings alone; an empty string for what there is none of. `module`: the code
 * of a lazy part. `random`: as many random bytes as `text` says, in base64. `digest`: of base64, in base64. `decode`:
 * the name of the encoding with the label `name` where there is no `text`; else the text of base64 in that encoding.
 * `modules` is what `sandboxModules` makes.
 */
export function answerSandboxCall(
  modules: ReadonlyMap<string, string>,
  what: unknown,
  name: unknown,
  text: unknown,
): string {
  if (typeof name !== "string" || typeof text !== "string" || text.length > TEXT_LENGTH_MAX) return "";
  switch (what) {
    case "module":
      return modules.get(name) ?? "";
    case "random": {
      const count = Math.min(Math.max(Math.trunc(Number(text)) || 1, 1), RANDOM_BYTES_MAX);
      return randomBytes(count).toString("base64");
    }
    case "digest": {
      const algorithm = DIGESTS.get(name);
      return algorithm === undefined ? "" : createHash(algorithm).update(text, "base64").digest("base64");
    }
    case "decode":
      return decode(name, text);
    default:
      return "";
  }
}

function decode(label: string, base64: string): string {
  try {
    const decoder = new TextDecoder(label, { ignoreBOM: true });
    return base64 === "" ? decoder.encoding : decoder.decode(Buffer.from(base64, "base64"));
  } catch {
    return "";
  }
}

// Runs a codemod over a script's files in an isolate that has the language and nothing else, and ends. It is somebody's
// code: this process may read its own program, and nothing of the machine besides.
import { text } from "node:stream/consumers";
import ivm from "isolated-vm";
import type { CodemodFile, CodemodResult, CodemodRun } from "#schemas/types.ts";
import { errorMessage } from "./error-text.ts";

const MEMORY_MB = 128;
const LOAD_MS_MAX = 5_000;
const FILE_MS_MAX = 2_000;
const MESSAGE_LENGTH_MAX = 500;

/** Codemods are written with something to look at; here nobody looks. */
const CONSOLE =
  "globalThis.console = Object.fromEntries(['debug', 'error', 'info', 'log', 'warn'].map((name) => [name, () => {}]));";
const CALL = `
  const transform = globalThis.__showrunner_script?.default;
  if (typeof transform !== "function") throw new TypeError("its default export is not a function");
  const text = transform(JSON.parse($0));
  if (text === undefined || text === null || typeof text === "string") return text;
  throw new TypeError("it returned " + (typeof text.then === "function" ? "a promise" : typeof text) + " where a file's new text is expected, or null");`;

async function run({ code, path, library, to, files }: CodemodRun): Promise<CodemodResult> {
  const isolate = new ivm.Isolate({ memoryLimit: MEMORY_MB });
  const context = await isolate.createContext();
  const changed: Record<string, string> = {};
  try {
    await context.eval(CONSOLE);
    await context.eval(code, { filename: path, timeout: LOAD_MS_MAX });
  } catch (error) {
    return failed(null, error);
  }
  for (const file of files) {
    try {
      const made = await transformed(context, { ...file, library, to });
      if (made !== null && made !== file.text) changed[file.path] = made;
    } catch (error) {
      return failed(file.path, error);
    }
  }
  return { changed, failure: null };
}

function failed(file: string | null, error: unknown): CodemodResult {
  return {
    changed: {},
    failure: { file, message: inWords(errorMessage(error)).slice(0, MESSAGE_LENGTH_MAX) },
  };
}

/** The isolate's own words for its limits, in ours. */
function inWords(message: string): string {
  if (message === "Script execution timed out.") return "it took too long";
  return message === "Isolate was disposed during execution due to memory limit"
    ? "it used up its memory"
    : message;
}

async function transformed(
  context: ivm.Context,
  given: CodemodFile & Pick<CodemodRun, "library" | "to">,
): Promise<string | null> {
  const made: unknown = await context.evalClosure(CALL, [JSON.stringify(given)], {
    timeout: FILE_MS_MAX,
    result: { copy: true },
  });
  return typeof made === "string" ? made : null;
}

const asked: CodemodRun = JSON.parse(await text(process.stdin));
process.stdout.write(JSON.stringify(await run(asked)), () => process.exit());

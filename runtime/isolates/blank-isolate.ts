import ivm from "isolated-vm";

/** An isolate with the sandbox's code loaded and nothing of any script in it. */
export interface BlankIsolate {
  readonly isolate: ivm.Isolate;
  readonly context: ivm.Context;
  /** The function that `buildPreludeSource` describes: it makes the context a script's world. */
  readonly install: ivm.Reference;
}

/** Rejects when the isolate has no room for the prelude. */
export async function makeBlankIsolate(prelude: string, memoryMb: number): Promise<BlankIsolate> {
  // When V8 gives up on an isolate it aborts the process, and another takes its place at once. With a handler for it
  // the thread would hang instead.
  const isolate = new ivm.Isolate({ memoryLimit: memoryMb });
  try {
    const context = await isolate.createContext();
    const install = await context.evalClosure(prelude, [], {
      result: { reference: true },
      filename: "showrunner:prelude",
    });
    return { isolate, context, install };
  } catch (error) {
    if (!isolate.isDisposed) isolate.dispose();
    throw error;
  }
}

// V8 keeps what `Function` compiled once it has seen the same text a second time.
const COMPILE_HOT_PARTS =
  "const texts = JSON.parse($0); for (let n = 0; n < 2; n += 1) for (const text of texts) new Function('intrinsics', text);";

/**
 * Has the isolate compile these lazy parts before a script asks for them, exactly as it will. It is no loss if V8 forgets
 * them again: they are compiled anew then.
 */
export async function compileHotParts({ context }: BlankIsolate, parts: readonly string[]): Promise<void> {
  if (parts.length > 0) await context.evalClosure(COMPILE_HOT_PARTS, [JSON.stringify(parts)]);
}

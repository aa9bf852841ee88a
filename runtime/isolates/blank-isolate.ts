import ivm from "isolated-vm";

/** An isolate with the sandbox's code loaded and nothing of any script in it. */
export interface BlankIsolate {
  readonly isolate: ivm.Isolate;
  readonly context: ivm.Context;
  /** The function that `buildPreludeSource` describes: it makes the context a script's world. */
  readonly install: ivm.Reference;
  /** Whom to tell when V8 gives up on the isolate. Blank isolates have nobody. */
  setCatastropheHandler(handler: (message: string) => void): void;
}

/** Rejects when the isolate has no room for the prelude. */
export async function makeBlankIsolate(prelude: string, memoryMb: number): Promise<BlankIsolate> {
  let onCatastrophe: ((message: string) => void) | null = null;
  const isolate = new ivm.Isolate({
    memoryLimit: memoryMb,
    // Without this V8 aborts the process; with it the isolate hangs, which its owner takes for stuck.
    onCatastrophicError: (message) => {
      onCatastrophe?.(message);
    },
  });
  try {
    const context = await isolate.createContext();
    const install = await context.evalClosure(prelude, [], {
      result: { reference: true },
      filename: "showrunner:prelude",
    });
    return {
      isolate,
      context,
      install,
      setCatastropheHandler: (handler) => {
        onCatastrophe = handler;
      },
    };
  } catch (error) {
    if (!isolate.isDisposed) isolate.dispose();
    throw error;
  }
}

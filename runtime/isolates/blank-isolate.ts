import { performance } from "node:perf_hooks";
import ivm from "isolated-vm";
import { answerSandboxCall } from "./answer-sandbox-call.ts";
import { assignUrlForSandbox, parseUrlForSandbox } from "./parse-url.ts";

export type Enter = ivm.Reference<(batch: string) => string>;

/** An isolate with the sandbox in it and nothing of any script. */
export interface BlankIsolate {
  readonly isolate: ivm.Isolate;
  readonly context: ivm.Context;
  /** The functions of SandboxEntry. */
  readonly entry: {
    readonly configure: ivm.Reference<(configJson: string) => void>;
    readonly dispatch: Enter;
    readonly take: Enter;
  };
}

/** The sandbox's code. */
export interface SandboxCode {
  /** As `buildPreludeSource` makes it. */
  readonly prelude: string;
  /** As `sandboxModules` makes them. */
  readonly modules: ReadonlyMap<string, string>;
}

/** Rejects when the isolate has no room for the sandbox. */
export async function makeBlankIsolate(code: SandboxCode, memoryMb: number): Promise<BlankIsolate> {
  // When V8 gives up on an isolate it aborts the process, and another takes its place at once. With a handler for it
  // the thread would hang instead.
  const isolate = new ivm.Isolate({ memoryLimit: memoryMb });
  try {
    const context = await isolate.createContext();
    const install = await context.evalClosure(code.prelude, [], {
      result: { reference: true },
      filename: "showrunner:prelude",
    });
    const entry: ivm.Reference = await install.apply(undefined, hostFunctions(code.modules), {
      result: { reference: true },
    });
    const [configure, dispatch, take] = await Promise.all([
      entry.get("configure", { reference: true }),
      entry.get("dispatch", { reference: true }),
      entry.get("take", { reference: true }),
    ]);
    return { isolate, context, entry: { configure, dispatch, take } };
  } catch (error) {
    if (!isolate.isDisposed) isolate.dispose();
    throw error;
  }
}

/** In the order that `buildPreludeSource` gives. */
function hostFunctions(modules: ReadonlyMap<string, string>): ivm.Callback[] {
  return [
    new ivm.Callback(parseUrlForSandbox),
    new ivm.Callback(assignUrlForSandbox),
    new ivm.Callback((what: unknown, name: unknown, text: unknown) =>
      answerSandboxCall(modules, what, name, text),
    ),
    new ivm.Callback(() => performance.now()),
  ];
}

const USE_WHAT_MOST_USE = `
const url = new URL("http://localhost/path?name=value");
const headers = new Headers({ accept: "text/html" });
new Response([...url.searchParams].join(), { headers: [...headers] }).headers.get("accept");
new Request(url.href, { headers }).headers.get("accept");
`;

/**
 * Has the isolate load what next to every script touches in its first request, by touching it once. It leaves nothing
 * behind that a script could see.
 */
export async function touchUsualParts({ context }: BlankIsolate): Promise<void> {
  await context.evalClosure(USE_WHAT_MOST_USE);
}

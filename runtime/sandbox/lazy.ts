import type * as binaryText from "./lazy/binary-text.ts";
import type * as cloning from "./lazy/cloning.ts";
import type * as digests from "./lazy/digests.ts";
import type * as events from "./lazy/events.ts";
import type * as forms from "./lazy/forms.ts";
import type * as streams from "./lazy/streams.ts";

/**
 * Parts of the world that most scripts never touch. Their code comes from the host at their first use, so that an
 * isolate without them does not carry it. A part gets what it needs of the others through `LazyParts`: it shares no
 * module with them, only types and plain functions.
 */
export interface LazyModules {
  readonly "binary-text": ReturnType<typeof binaryText.load>;
  readonly cloning: ReturnType<typeof cloning.load>;
  readonly digests: ReturnType<typeof digests.load>;
  readonly events: ReturnType<typeof events.load>;
  readonly forms: ReturnType<typeof forms.load>;
  readonly streams: ReturnType<typeof streams.load>;
}
export type LazyName = keyof LazyModules;

/** What the host answers at once; strings only. An empty string stands for "no". */
export type CallHost = (
  what: "module" | "decode" | "digest" | "random",
  name: string,
  text: string,
) => string;

/** Timers without the web's conversions. */
export interface TimerPort {
  set(callback: () => void, delayMs: number): number;
  clear(timer: number): void;
}

/** Classes of the core that a part makes instances of. */
export interface CoreClasses {
  readonly TextDecoder: new (
    label?: unknown,
    options?: unknown,
  ) => {
    readonly encoding: string;
    readonly fatal: boolean;
    readonly ignoreBOM: boolean;
    decode(input?: unknown, options?: unknown): string;
  };
  readonly TextEncoder: new () => { encode(text: unknown): Uint8Array<ArrayBuffer> };
}

export interface LazyParts {
  readonly classes: CoreClasses;
  readonly callHost: CallHost;
  readonly timers: TimerPort;
  /** Tells of an error that nobody can catch. */
  readonly report: (error: unknown) => void;
  /** Loads the part at its first use. */
  use<Name extends LazyName>(name: Name): LazyModules[Name];
  /** The part if it was used before: before that, nothing can be an instance of its classes. */
  peek<Name extends LazyName>(name: Name): LazyModules[Name] | undefined;
}

// Taken before a script can replace them.
const Compile = Function;
const INTRINSICS = globalNames();

/** The language's own globals, by name. */
function globalNames(): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const name of Object.getOwnPropertyNames(globalThis)) found[name] = Reflect.get(globalThis, name);
  return found;
}

export function makeLazyParts(
  given: Pick<LazyParts, "callHost" | "timers" | "report"> & {
    makeTextDecoder(parts: LazyParts): CoreClasses["TextDecoder"];
    readonly TextEncoder: CoreClasses["TextEncoder"];
  },
): LazyParts {
  const { callHost, timers, report } = given;
  const loaded: { -readonly [Name in LazyName]?: LazyModules[Name] } = {};
  const parts: LazyParts = {
    callHost,
    timers,
    report,
    classes: {
      TextEncoder: given.TextEncoder,
      get TextDecoder() {
        return TextDecoder;
      },
    },
    use: (name) => {
      const before = loaded[name];
      if (before !== undefined) return before;
      // oxlint-disable-next-line no-implied-eval -- the text is the host's own
      const module: { load(parts: LazyParts): never } = new Compile(
        "intrinsics",
        callHost("module", name, ""),
      )(INTRINSICS);
      const made = module.load(parts);
      loaded[name] = made;
      return made;
    },
    peek: (name) => loaded[name],
  };
  const TextDecoder = given.makeTextDecoder(parts);
  return parts;
}

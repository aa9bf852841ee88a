import type * as binaryText from "./lazy/binary-text.ts";
import type * as calls from "./lazy/calls.ts";
import type * as cloning from "./lazy/cloning.ts";
import type * as consoles from "./lazy/console.ts";
import type * as digests from "./lazy/digests.ts";
import type * as events from "./lazy/events.ts";
import type * as forms from "./lazy/forms.ts";
import type * as headers from "./lazy/headers.ts";
import type * as requestInit from "./lazy/request-init.ts";
import type * as streams from "./lazy/streams.ts";
import type * as text from "./lazy/text.ts";
import type * as timers from "./lazy/timers.ts";
import type * as urls from "./lazy/urls.ts";
import type { LogSink } from "./log-sink.ts";
import type { SandboxMessage } from "./messages.ts";
import type { RequestWorld } from "./request.ts";
import type { ResponseWorld } from "./response.ts";
import type { UrlParser } from "./url-parser.ts";

/**
 * Parts of the world that most scripts never touch. Their code comes from the host at their first use, so that an
 * isolate without them does not carry it. A part gets what it needs of the others through `LazyParts`: it shares no
 * module with them, only types and plain functions.
 */
export interface LazyModules {
  readonly "binary-text": ReturnType<typeof binaryText.load>;
  readonly calls: ReturnType<typeof calls.load>;
  readonly cloning: ReturnType<typeof cloning.load>;
  readonly console: ReturnType<typeof consoles.load>;
  readonly digests: ReturnType<typeof digests.load>;
  readonly events: ReturnType<typeof events.load>;
  readonly forms: ReturnType<typeof forms.load>;
  readonly headers: ReturnType<typeof headers.load>;
  readonly "request-init": ReturnType<typeof requestInit.load>;
  readonly streams: ReturnType<typeof streams.load>;
  readonly text: ReturnType<typeof text.load>;
  readonly timers: ReturnType<typeof timers.load>;
  readonly urls: ReturnType<typeof urls.load>;
}
export type LazyName = keyof LazyModules;

/** What the host answers at once; strings only. An empty string stands for "no". */
export type CallHost = (
  what: "module" | "decode" | "digest" | "random",
  name: string,
  text: string,
) => string;

/** What the core gives to every part. */
export interface CoreParts {
  readonly callHost: CallHost;
  readonly urlParser: UrlParser;
  readonly send: (message: SandboxMessage) => void;
  /** The request that runs, if one does. */
  readonly requestId: () => string | null;
  /** Milliseconds of a clock that only goes forward, coarse. */
  readonly nowMs: () => number;
  readonly log: LogSink;
  /** Tells of an error that nobody can catch. */
  readonly report: (error: unknown) => void;
  readonly worlds: () => { readonly requests: RequestWorld; readonly responses: ResponseWorld };
}

export interface LazyParts extends CoreParts {
  /** Loads the part at its first use. */
  use<Name extends LazyName>(name: Name): LazyModules[Name];
  /** The part if it was used before: before that, nothing can be an instance of its classes. */
  peek<Name extends LazyName>(name: Name): LazyModules[Name] | undefined;
}

// Taken before a script can replace them.
const Compile = Function;
const INTRINSICS = {
  Array,
  ArrayBuffer,
  BigInt,
  BigInt64Array,
  BigUint64Array,
  Boolean,
  DataView,
  Date,
  Error,
  EvalError,
  Float16Array,
  Float32Array,
  Float64Array,
  Int16Array,
  Int32Array,
  Int8Array,
  JSON,
  Map,
  Math,
  Number,
  Object,
  Promise,
  Proxy,
  RangeError,
  ReferenceError,
  Reflect,
  RegExp,
  Set,
  String,
  Symbol,
  SyntaxError,
  TypeError,
  URIError,
  Uint16Array,
  Uint32Array,
  Uint8Array,
  Uint8ClampedArray,
  WeakMap,
  WeakRef,
  WeakSet,
  decodeURIComponent,
  encodeURIComponent,
};

export function makeLazyParts(core: CoreParts): LazyParts {
  const loaded: { -readonly [Name in LazyName]?: LazyModules[Name] } = {};
  const parts: LazyParts = {
    ...core,
    use: (name) => {
      const before = loaded[name];
      if (before !== undefined) return before;
      // oxlint-disable-next-line no-implied-eval -- the text is the host's own
      const module: { load(parts: LazyParts): never } = new Compile(
        "intrinsics",
        core.callHost("module", name, ""),
      )(INTRINSICS);
      const made = module.load(parts);
      loaded[name] = made;
      return made;
    },
    peek: (name) => loaded[name],
  };
  return parts;
}

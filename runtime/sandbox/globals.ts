import type { LazyModules, LazyParts } from "./lazy.ts";

// Shared memory and precise clocks help timing attacks; WebAssembly memory is outside the heap's limit.
const REMOVED = ["SharedArrayBuffer", "Atomics", "WebAssembly"];

const LAZY_GLOBALS = {
  calls: ["fetch"],
  console: ["console"],
  headers: ["Headers"],
  text: ["TextEncoder", "TextDecoder", "atob", "btoa"],
  timers: ["setTimeout", "setInterval", "clearTimeout", "clearInterval"],
  urls: ["URL", "URLSearchParams"],
  cloning: ["structuredClone"],
  digests: ["Crypto", "SubtleCrypto", "crypto"],
  events: ["Event", "CustomEvent", "EventTarget", "AbortSignal", "AbortController", "DOMException"],
  forms: ["Blob", "File", "FormData"],
  streams: [
    "ReadableStream",
    "ReadableStreamDefaultReader",
    "ReadableStreamBYOBReader",
    "ReadableStreamDefaultController",
    "ReadableByteStreamController",
    "ReadableStreamBYOBRequest",
    "WritableStream",
    "WritableStreamDefaultWriter",
    "WritableStreamDefaultController",
    "TransformStream",
    "TransformStreamDefaultController",
    "ByteLengthQueuingStrategy",
    "CountQueuingStrategy",
    "TextEncoderStream",
    "TextDecoderStream",
  ],
} as const satisfies { readonly [Name in keyof LazyModules]?: readonly string[] };

/**
 * Defines the global names. Classes are as the web has them; functions and objects are enumerable, as there. Names of
 * lazy parts are getters until their first use, and plain properties from then on.
 */
export function defineGlobals(
  lazy: LazyParts,
  classes: Readonly<Record<string, unknown>>,
  members: Readonly<Record<string, unknown>>,
): void {
  for (const name of REMOVED) Reflect.deleteProperty(globalThis, name);
  for (const [name, value] of Object.entries(classes)) define(name, value, false);
  for (const [name, value] of Object.entries(members)) define(name, value, true);
  for (const part of Object.keys(LAZY_GLOBALS) as (keyof typeof LAZY_GLOBALS)[]) {
    const load = (): Readonly<Record<string, unknown>> => lazy.use(part).globals;
    for (const name of LAZY_GLOBALS[part]) defineLate(name, load);
  }
}

function define(name: string, value: unknown, enumerable: boolean): void {
  Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable });
}

function defineLate(name: string, load: () => Readonly<Record<string, unknown>>): void {
  const { defineProperty } = Object;
  // Functions and objects, as against classes.
  const enumerable = /^[a-z]/.test(name) && name !== "console";
  const settle = (value: unknown): void => {
    defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable });
  };
  defineProperty(globalThis, name, {
    get: () => {
      const value = load()[name];
      settle(value);
      return value;
    },
    set: settle,
    configurable: true,
    enumerable,
  });
}

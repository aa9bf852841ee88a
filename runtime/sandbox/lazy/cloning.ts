import { isArrayBuffer } from "../buffer-source.ts";
import type { LazyParts } from "../lazy.ts";
import { isObject, requireArguments, toDictionary, toDomString } from "../webidl.ts";

const ERROR_CLASSES = { Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError };
const VIEW_CLASSES = {
  DataView,
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  BigInt64Array,
  BigUint64Array,
  Float32Array,
  Float64Array,
  Float16Array,
};

/** `structuredClone`, by the HTML standard's steps. */
export function load(parts: LazyParts) {
  const refuse = (what: string): Error => {
    const { DOMException } = parts.use("events");
    return new DOMException(`${what} cannot be cloned`, "DataCloneError");
  };

  function structuredClone(value: unknown, options: unknown = undefined): unknown {
    requireArguments(arguments.length, 1, "structuredClone");
    const given = toDictionary(options, "structuredClone")["transfer"];
    const seen = new Map<object, object>();
    const transferred = given === undefined ? [] : readTransfer(given);
    for (const buffer of transferred) {
      if (seen.has(buffer) || buffer.detached) throw refuse("A buffer that is gone");
      seen.set(buffer, buffer);
    }
    const copies = new Cloner(parts, refuse, seen, new Set(transferred));
    const copy = copies.clone(value);
    return copies.finish(copy, transferred);
  }

  function readTransfer(list: unknown): ArrayBuffer[] {
    if (!isObject(list)) throw new TypeError("structuredClone: transfer is not a list");
    const buffers: ArrayBuffer[] = [];
    for (const entry of list as unknown as Iterable<unknown>) {
      if (!isArrayBuffer(entry)) throw refuse("What is no ArrayBuffer cannot be transferred, so it");
      buffers.push(entry);
    }
    return buffers;
  }

  return { globals: { structuredClone }, clone: (value: unknown): unknown => structuredClone(value) };
}

class Cloner {
  readonly #parts: LazyParts;
  readonly #refuse: (what: string) => Error;
  readonly #seen: Map<object, object>;
  readonly #transferred: ReadonlySet<object>;
  /** Views of transferred buffers are made once the buffers have moved. */
  readonly #moved = new Map<object, ArrayBuffer>();

  constructor(
    parts: LazyParts,
    refuse: (what: string) => Error,
    seen: Map<object, object>,
    transferred: ReadonlySet<object>,
  ) {
    this.#parts = parts;
    this.#refuse = refuse;
    this.#seen = seen;
    this.#transferred = transferred;
  }

  clone(value: unknown): unknown {
    if (typeof value === "symbol") throw this.#refuse("A symbol");
    if (typeof value === "function") throw this.#refuse("A function");
    if (!isObject(value)) return value;
    const before = this.#seen.get(value);
    if (before !== undefined && !this.#transferred.has(value)) return before;
    if (this.#transferred.has(value)) return this.#moveBuffer(value);
    const copy = this.#start(value);
    if (!this.#seen.has(value)) this.#seen.set(value, copy);
    return copy;
  }

  /** Moves the buffers that nothing in the value named. */
  finish(copy: unknown, transferred: readonly ArrayBuffer[]): unknown {
    for (const buffer of transferred) if (!this.#moved.has(buffer)) this.#moveBuffer(buffer);
    return copy;
  }

  #moveBuffer(buffer: object): ArrayBuffer {
    const before = this.#moved.get(buffer);
    if (before !== undefined) return before;
    if (!isArrayBuffer(buffer)) throw this.#refuse("What is no ArrayBuffer");
    const moved = buffer.transfer();
    this.#moved.set(buffer, moved);
    return moved;
  }

  #start(value: object): object {
    const tag = builtinTag(value);
    switch (tag) {
      case "Boolean":
      case "Number":
      case "String":
      case "BigInt":
        return Object(Reflect.apply(primitiveOf[tag], value, []));
      case "Date":
        return new Date(Reflect.apply(Date.prototype.getTime, value, []));
      case "RegExp": {
        const { source, flags } = value as RegExp;
        return new RegExp(source, flags);
      }
      case "ArrayBuffer":
        return copyBuffer(value as ArrayBuffer);
      case "View":
        return this.#cloneView(value as ArrayBufferView);
      case "Map":
        return this.#cloneMap(value as Map<unknown, unknown>);
      case "Set":
        return this.#cloneSet(value as Set<unknown>);
      case "Error":
        return this.#cloneError(value as Error);
      case "Array":
        return this.#cloneProperties(value, Array.from({ length: (value as unknown[]).length }), true);
      case "Object":
        return this.#clonePlatformObject(value) ?? this.#cloneProperties(value, {}, false);
      default:
        throw this.#refuse(Object.prototype.toString.call(value));
    }
  }

  /** Blobs and DOMExceptions can be cloned; other objects of the platform cannot. Null for an ordinary object. */
  #clonePlatformObject(value: object): object | null {
    const forms = this.#parts.peek("forms");
    if (forms?.isBlob(value) === true) return forms.copyBlob(value);
    const events = this.#parts.peek("events");
    if (events !== undefined && value instanceof events.DOMException)
      return new events.DOMException(value.message, value.name);
    for (let link = Object.getPrototypeOf(value); link !== null; link = Object.getPrototypeOf(link)) {
      const maker: unknown = Object.getOwnPropertyDescriptor(link, "constructor")?.value;
      const name = typeof maker === "function" ? maker.name : "";
      const isPlatform = Object.hasOwn(link, Symbol.toStringTag) && Reflect.get(globalThis, name) === maker;
      if (name !== "" && name !== "Object" && isPlatform) throw this.#refuse(`A ${name}`);
    }
    return null;
  }

  #cloneProperties(value: object, copy: object, isArray: boolean): object {
    this.#seen.set(value, copy);
    if (isArray) for (const key of Object.keys(copy)) Reflect.deleteProperty(copy, key);
    for (const key of Object.keys(value)) {
      if (!Object.hasOwn(value, key)) continue;
      const part = this.clone(Reflect.get(value, key));
      Object.defineProperty(copy, key, { value: part, writable: true, enumerable: true, configurable: true });
    }
    return copy;
  }

  #cloneMap(value: Map<unknown, unknown>): object {
    const copy = new Map<unknown, unknown>();
    this.#seen.set(value, copy);
    const pairs: [unknown, unknown][] = [];
    Map.prototype.forEach.call(value, (part: unknown, key: unknown) => pairs.push([key, part]));
    for (const [key, part] of pairs) copy.set(this.clone(key), this.clone(part));
    return copy;
  }

  #cloneSet(value: Set<unknown>): object {
    const copy = new Set<unknown>();
    this.#seen.set(value, copy);
    const parts: unknown[] = [];
    Set.prototype.forEach.call(value, (part: unknown) => parts.push(part));
    for (const part of parts) copy.add(this.clone(part));
    return copy;
  }

  #cloneError(value: Error): object {
    const name = toDomString(value.name);
    const Class = isErrorName(name) ? ERROR_CLASSES[name] : Error;
    const message = Object.getOwnPropertyDescriptor(value, "message");
    const cause = Object.getOwnPropertyDescriptor(value, "cause");
    const stack: unknown = Object.getOwnPropertyDescriptor(value, "stack")?.value ?? value.stack;
    const copy = message !== undefined && "value" in message ? new Class(String(message.value)) : new Class();
    this.#seen.set(value, copy);
    hide(copy, "stack", typeof stack === "string" ? stack : "");
    if (cause !== undefined && "value" in cause) hide(copy, "cause", this.clone(cause.value));
    return copy;
  }

  #cloneView(value: ArrayBufferView): object {
    const { buffer, byteOffset } = value;
    const isFixed = !(buffer as ArrayBuffer).resizable || hasOwnLength(value);
    const tag: unknown = Reflect.get(value, Symbol.toStringTag);
    // The classes differ in nothing that counts here.
    const Class = (VIEW_CLASSES[tag as keyof typeof VIEW_CLASSES] ?? DataView) as typeof Uint8Array;
    const length = value instanceof DataView ? value.byteLength : (value as Uint8Array).length;
    const copied = this.clone(buffer) as ArrayBuffer;
    return isFixed ? new Class(copied, byteOffset, length) : new Class(copied, byteOffset);
  }
}

const primitiveOf = {
  Boolean: Boolean.prototype.valueOf,
  Number: Number.prototype.valueOf,
  String: String.prototype.valueOf,
  BigInt: BigInt.prototype.valueOf,
} as const;

type BuiltinTag =
  | keyof typeof primitiveOf
  | "Date"
  | "RegExp"
  | "ArrayBuffer"
  | "View"
  | "Map"
  | "Set"
  | "Error"
  | "Array"
  | "Object"
  | "unclonable";

const sizeOfMap = Object.getOwnPropertyDescriptor(Map.prototype, "size")?.get;
const sizeOfSet = Object.getOwnPropertyDescriptor(Set.prototype, "size")?.get;
const PROBES: readonly [BuiltinTag, ((this: unknown) => unknown) | undefined][] = [
  ["Boolean", Boolean.prototype.valueOf],
  ["Number", Number.prototype.valueOf],
  ["String", String.prototype.valueOf],
  ["BigInt", BigInt.prototype.valueOf],
  ["Date", Date.prototype.getTime],
  ["Map", sizeOfMap],
  ["Set", sizeOfSet],
  ["unclonable", Symbol.prototype.valueOf],
  ["unclonable", probeWith(WeakMap.prototype.has)],
  ["unclonable", probeWith(WeakSet.prototype.has)],
  ["unclonable", WeakRef.prototype.deref],
];

/** What the object is made of, by its internal slots where they can be probed. */
function builtinTag(value: object): BuiltinTag {
  if (Array.isArray(value)) return "Array";
  if (ArrayBuffer.isView(value)) return "View";
  if (isArrayBuffer(value)) return "ArrayBuffer";
  const given = Object.prototype.toString.call(value);
  // The internal slot shows through the tag, unless the object has a tag of its own.
  if (given === "[object RegExp]") return "RegExp";
  if (given === "[object Error]") return "Error";
  if (given === "[object Object]" && Object.getPrototypeOf(value) === Object.prototype) return "Object";
  if (value instanceof Promise) return "unclonable";
  for (const [tag, method] of PROBES) {
    if (method === undefined) continue;
    try {
      Reflect.apply(method, value, []);
      return tag;
    } catch {
      // Not one of these.
    }
  }
  return given.endsWith("Generator]") || given.endsWith("Iterator]") ? "unclonable" : "Object";
}

function probeWith(method: (key: never) => unknown): (this: unknown) => unknown {
  return function probeSlot(this: unknown) {
    return Reflect.apply(method, this, [{} as never]);
  };
}

function copyBuffer(buffer: ArrayBuffer): ArrayBuffer {
  if (!buffer.resizable) return buffer.slice(0);
  const copy = new ArrayBuffer(buffer.byteLength, { maxByteLength: buffer.maxByteLength });
  new Uint8Array(copy).set(new Uint8Array(buffer));
  return copy;
}

/** Whether a view of a resizable buffer keeps its length: it then does not reach to the end. */
function hasOwnLength(view: ArrayBufferView): boolean {
  return view.byteOffset + view.byteLength !== view.buffer.byteLength;
}

function isErrorName(name: string): name is keyof typeof ERROR_CLASSES {
  return Object.hasOwn(ERROR_CLASSES, name);
}

function hide(target: object, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, writable: true, configurable: true });
}

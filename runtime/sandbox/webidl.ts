/** Conversions and shapes of the web's interface language (https://webidl.spec.whatwg.org/). */

const {
  defineProperty,
  getOwnPropertyDescriptor,
  getOwnPropertyDescriptors,
  getPrototypeOf,
  setPrototypeOf,
} = Object;
const { ownKeys } = Reflect;

export type InterfaceObject = (abstract new (...args: never[]) => object) & { readonly prototype: object };

/** Throws the TypeError that the web gives when a call has too few arguments. */
export function requireArguments(given: number, needed: number, where: string): void {
  if (given < needed) throw new TypeError(`${where}: ${needed} argument(s) needed, ${given} given`);
}

/** DOMString. A symbol is a TypeError, which a template literal throws and `String()` does not. */
export function toDomString(value: unknown): string {
  // oxlint-disable-next-line typescript/no-unnecessary-template-expression -- it converts what is no string
  return typeof value === "string" ? value : `${value as string}`;
}

/** USVString: no lone surrogates. */
export function toUsvString(value: unknown): string {
  const text = toDomString(value);
  return text.isWellFormed() ? text : text.toWellFormed();
}

/** ByteString: code units up to 255. */
export function toByteString(value: unknown): string {
  const text = toDomString(value);
  for (let at = 0; at < text.length; at += 1) {
    if (text.charCodeAt(at) > 255) throw new TypeError("A character above U+00FF cannot be in a byte string");
  }
  return text;
}

/** `unsigned short`, wrapped as the web wraps it. */
export function toUnsignedShort(value: unknown): number {
  const number = Math.trunc(Number(value));
  return Number.isFinite(number) ? ((number % 65_536) + 65_536) % 65_536 : 0;
}

/** `unsigned long long` with [EnforceRange]. */
export function toEnforcedCount(value: unknown, what: string): number {
  const number = Math.trunc(Number(value));
  if (!(number >= 0 && number <= Number.MAX_SAFE_INTEGER)) throw new TypeError(`${what} is out of range`);
  return number;
}

/** Without a prototype, so that no script can give it members. */
const EMPTY_DICTIONARY: Readonly<Record<string, unknown>> = Object.freeze({ __proto__: null });

/** A dictionary argument; its members are read by the caller, in the order of their names. */
export function toDictionary(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (value === undefined || value === null) return EMPTY_DICTIONARY;
  if (isObject(value)) return value;
  throw new TypeError(`${what} is not an object`);
}

export function toEnum<T extends string>(value: unknown, allowed: readonly T[], what: string): T {
  const text = toDomString(value);
  for (const option of allowed) if (option === text) return option;
  throw new TypeError(`${what}: ${JSON.stringify(text)} is not one of ${allowed.join(", ")}`);
}

/** Objects and functions, which the web's language does not tell apart. */
export function isObject(value: unknown): value is Readonly<Record<PropertyKey, unknown>> {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

/**
 * The pairs of `(sequence<sequence<T>> or record<T, T>)`. `iterate` is the value's iterator method: the caller reads it
 * once, as a script with getters or a proxy could see.
 */
export function toPairs(
  value: Readonly<Record<PropertyKey, unknown>>,
  iterate: unknown,
  convert: (part: unknown) => string,
  what: string,
): [string, string][] {
  if (iterate === undefined || iterate === null) return recordPairs(value, convert);
  const pairs: [string, string][] = [];
  for (const entry of iterableBy(iterate, value, what)) {
    if (!isObject(entry)) throw new TypeError(`${what}: an entry is not a pair`);
    const parts: string[] = [];
    for (const part of entry as unknown as Iterable<unknown>) parts.push(convert(part));
    const [name, text] = parts;
    if (name === undefined || text === undefined || parts.length !== 2)
      throw new TypeError(`${what}: an entry is not a pair`);
    pairs.push([name, text]);
  }
  return pairs;
}

/** What the iterator method that was read from `value` gives, without reading it again. */
export function iterableBy(iterate: unknown, value: unknown, what: string): Iterable<unknown> {
  if (typeof iterate !== "function") throw new TypeError(`${what} is not iterable`);
  return { [Symbol.iterator]: () => Reflect.apply(iterate, value, []) };
}

function recordPairs(
  value: Readonly<Record<PropertyKey, unknown>>,
  convert: (part: unknown) => string,
): [string, string][] {
  const pairs = new Map<string, string>();
  for (const key of ownKeys(value))
    if (getOwnPropertyDescriptor(value, key)?.enumerable === true)
      pairs.set(convert(key), convert(value[key]));
  return [...pairs];
}

/** Gives a class the property attributes of a web interface. */
export function shapeInterface(target: InterfaceObject, name: string): void {
  makeEnumerable(target.prototype);
  makeEnumerable(target);
  defineProperty(target, "name", { value: name, configurable: true });
  defineProperty(target.prototype, Symbol.toStringTag, { value: name, configurable: true });
}

/** Copies the methods and getters of `mixin` to the prototype of `target`. */
export function includeMixin(target: InterfaceObject, mixin: object): void {
  Object.defineProperties(target.prototype, getOwnPropertyDescriptors(mixin));
}

/** Read-only numbers on an interface and on its prototype. */
export function defineConstants(target: InterfaceObject, constants: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(constants)) {
    defineProperty(target, name, { value, enumerable: true });
    defineProperty(target.prototype, name, { value, enumerable: true });
  }
}

function makeEnumerable(owner: object): void {
  for (const key of ownKeys(owner)) {
    const descriptor = getOwnPropertyDescriptor(owner, key);
    const isMember =
      typeof descriptor?.value === "function" ||
      descriptor?.get !== undefined ||
      descriptor?.set !== undefined;
    if (typeof key === "string" && key !== "constructor" && isMember && descriptor.configurable === true)
      defineProperty(owner, key, { enumerable: true });
  }
}

const IteratorPrototype: object = getPrototypeOf(getPrototypeOf([][Symbol.iterator]()));

/**
 * `iterable<K, V>`: entries, keys, values and forEach, live over what `pairsOf` gives at each step. `pairsOf` throws a
 * TypeError for an object that is no instance.
 */
export function definePairIteration<T extends object, V>(
  target: InterfaceObject,
  name: string,
  pairsOf: (instance: T) => readonly (readonly [string, V])[],
): void {
  class PairIterator {
    readonly #instance: T;
    readonly #kind: "entries" | "keys" | "values";
    #at = 0;

    constructor(instance: T, kind: "entries" | "keys" | "values") {
      this.#instance = instance;
      this.#kind = kind;
    }

    next(): IteratorResult<unknown, undefined> {
      const pair = pairsOf(this.#instance)[this.#at];
      if (pair === undefined) return { value: undefined, done: true };
      this.#at += 1;
      if (this.#kind === "entries") return { value: [pair[0], pair[1]], done: false };
      return { value: this.#kind === "keys" ? pair[0] : pair[1], done: false };
    }
  }
  const { prototype } = PairIterator;
  Reflect.deleteProperty(prototype, "constructor");
  setPrototypeOf(prototype, IteratorPrototype);
  defineProperty(prototype, "next", { enumerable: true });
  defineProperty(prototype, Symbol.toStringTag, { value: `${name} Iterator`, configurable: true });

  const iterate = (instance: T, kind: "entries" | "keys" | "values"): PairIterator => {
    pairsOf(instance);
    return new PairIterator(instance, kind);
  };
  const methods = {
    entries(this: T) {
      return iterate(this, "entries");
    },
    keys(this: T) {
      return iterate(this, "keys");
    },
    values(this: T) {
      return iterate(this, "values");
    },
    forEach(this: T, callback: unknown, thisArgument: unknown = undefined) {
      pairsOf(this);
      if (typeof callback !== "function") throw new TypeError(`${name}.forEach: a function is needed`);
      for (let at = 0; ; at += 1) {
        const pair = pairsOf(this)[at];
        if (pair === undefined) return;
        Reflect.apply(callback, thisArgument, [pair[1], pair[0], this]);
      }
    },
  };
  includeMixin(target, methods);
  defineProperty(target.prototype, Symbol.iterator, {
    value: methods.entries,
    writable: true,
    configurable: true,
  });
}

import { checkedName, normalizedValue } from "./header-text.ts";
import type { HeaderPairs } from "./messages.ts";
import { toByteString } from "./webidl.ts";

const { getOwnPropertyDescriptor } = Object;
const { ownKeys } = Reflect;

const KNOWN_MAX = 64;
const KNOWN_LENGTH_MAX = 256;

interface KnownHeader {
  /** As the script gave it the last time. */
  readonly value: string;
  /** What came of it; never changed in place, since many responses hold it. */
  readonly pair: HeaderPairs[number];
}

export type ReadHeaderRecord = (init: Readonly<Record<PropertyKey, unknown>>) => HeaderPairs;

/**
 * Reads `record<ByteString, ByteString>` as the web's "fill" of a Headers object without a guard does: names in lower
 * case, in the order of the properties. Scripts mostly give the same few headers every time, so the last good value
 * of each name is kept: it spares the checks, and in a node with many isolates the memory that their code lies in.
 */
export function makeHeaderRecordReader(): ReadHeaderRecord {
  const known = new Map<string, KnownHeader>();
  return (init) => {
    const pairs: HeaderPairs[number][] = [];
    const unchecked: number[] = [];
    for (const key of ownKeys(init)) {
      if (getOwnPropertyDescriptor(init, key)?.enumerable !== true) continue;
      const before = known.get(key as string);
      const name = before === undefined ? toByteString(key) : (key as string);
      const value = init[key];
      const at = pairs.length;
      if (before !== undefined && before.value === value) pairs[at] = before.pair;
      else {
        pairs[at] = [name, toByteString(value)];
        unchecked[unchecked.length] = at;
      }
    }
    // Every part is converted before the first is checked, as a script with getters could see.
    for (let next = 0; next < unchecked.length; next += 1) {
      const at = unchecked[next] ?? 0;
      const [name, value] = pairs[at] ?? ["", ""];
      const text = normalizedValue(value, name);
      const pair = [checkedName(name), text] as const;
      pairs[at] = pair;
      if (value.length > KNOWN_LENGTH_MAX) continue;
      if (known.size >= KNOWN_MAX) known.clear();
      known.set(name, { value, pair });
    }
    return pairs;
  };
}

export type BufferSource = ArrayBuffer | ArrayBufferView;

const { isView } = ArrayBuffer;
const byteLengthOf = Object.getOwnPropertyDescriptor(ArrayBuffer.prototype, "byteLength")?.get;

/** Whether the value is an ArrayBuffer or a view of one, whatever its prototype says. */
export function isBufferSource(value: unknown): value is BufferSource {
  return isView(value) || isArrayBuffer(value);
}

export function isArrayBuffer(value: unknown): value is ArrayBuffer {
  if (typeof value !== "object" || value === null || byteLengthOf === undefined) return false;
  try {
    Reflect.apply(byteLengthOf, value, []);
    return true;
  } catch {
    return false;
  }
}

/** The bytes themselves, not a copy. */
export function bytesOf(source: BufferSource): Uint8Array {
  return isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
    : new Uint8Array(source);
}

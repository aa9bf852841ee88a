import { base64ToBytes } from "./base64.ts";

const POOL_BYTES = 4096;
const REQUEST_BYTES_MAX = 65_536;

/** Random bytes from the host, fetched by the pool so that an id costs no crossing. */
export class RandomPool {
  readonly #refill: (byteCount: number) => string;
  #pool = new Uint8Array();
  #at = 0;

  constructor(refill: (byteCount: number) => string) {
    this.#refill = refill;
  }

  writeTo(target: Uint8Array): void {
    if (target.length > REQUEST_BYTES_MAX)
      throw new RangeError(`More than ${REQUEST_BYTES_MAX} random bytes`);
    let done = 0;
    while (done < target.length) {
      if (this.#at >= this.#pool.length) {
        this.#pool = base64ToBytes(this.#refill(POOL_BYTES)) ?? new Uint8Array();
        this.#at = 0;
        if (this.#pool.length === 0) throw new Error("No random bytes");
      }
      const part = this.#pool.subarray(this.#at, this.#at + target.length - done);
      target.set(part, done);
      done += part.length;
      this.#at += part.length;
    }
  }
}

export function makeCrypto(pool: RandomPool) {
  return {
    getRandomValues<T extends ArrayBufferView>(view: T): T {
      pool.writeTo(new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
      return view;
    },

    randomUUID(): string {
      const bytes = new Uint8Array(16);
      pool.writeTo(bytes);
      bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
      bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
      const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
      return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join(
        "-",
      );
    },
  };
}

import type { FlatHeaders } from "../sandbox/messages.ts";
import type { InstanceIdentity } from "../isolates/script-instance.ts";
import type { ReplyHeaders } from "./exchange.ts";

// The whole of them at once: one test for the common few, however many there are.
const FLAT = /^(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+\n[\t\u0020-\u007e\u0080-\u00ff]*\n)*$/;
const HEADERS_MAX = 200;
const HEADER_LENGTH_MAX = 32 * 1024;
// How a message is framed, and what the platform says of itself, are not the script's to write.
const RESERVED = new Set([
  "connection",
  "content-length",
  "date",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "x-request-id",
]);
const CACHED_MAX = 256;
const CACHED_LENGTH_MAX = 512;

/** Makes what scripts give as headers fit to be sent, and adds what the platform says of the answer. */
export class ReplyHeaderMaker {
  readonly #own: readonly (readonly [string, string])[];
  readonly #cache = new Map<FlatHeaders, ReplyHeaders | null>();

  constructor(node: string, region: string, identity: InstanceIdentity | null) {
    this.#own = [
      ...(identity === null
        ? []
        : ([
            ["x-showrunner-script", identity.script],
            ["x-showrunner-version", identity.version],
            ["x-showrunner-revision", identity.digest],
            ["x-showrunner-role", identity.role],
          ] as const)),
      ["x-showrunner-region", region],
      ["x-showrunner-node", node],
    ];
  }

  /** Null when no clean response can be made of them. */
  make(flat: FlatHeaders): ReplyHeaders | null {
    // Most scripts answer with the same few headers every time.
    const cached = this.#cache.get(flat);
    if (cached !== undefined) return cached;
    const made = this.#make(flat);
    if (flat.length <= CACHED_LENGTH_MAX) {
      if (this.#cache.size >= CACHED_MAX) this.#cache.clear();
      this.#cache.set(flat, made);
    }
    return made;
  }

  #make(flat: FlatHeaders): ReplyHeaders | null {
    if (flat.length > HEADER_LENGTH_MAX || !FLAT.test(flat)) return null;
    const parts = flat.split("\n");
    if (parts.length > HEADERS_MAX * 2) return null;
    const pairs: (readonly [string, string])[] = [];
    for (let at = 0; at + 1 < parts.length; at += 2) {
      const name = (parts[at] ?? "").toLowerCase();
      if (!RESERVED.has(name) && !name.startsWith("x-showrunner-")) pairs.push([name, parts[at + 1] ?? ""]);
    }
    pairs.push(...this.#own);
    return { raw: pairs.flat(), text: pairs.map(([name, value]) => `${name}: ${value}\r\n`).join("") };
  }
}

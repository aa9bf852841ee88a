import type { FlatHeaders, WireBody } from "../sandbox/messages.ts";

/** One request with a way to answer it, whatever reads and writes the connection. */
export interface Exchange {
  readonly method: string;
  /** As it stands in the request line. */
  readonly target: string;
  readonly head: RequestHead;
  readonly body: WireBody;
  readonly remoteAddress: string | undefined;
  /** To be called once. Bytes go out at the end of the tick. */
  reply(reply: Reply): void;
}

/** The headers of a request, of which the platform itself looks at a few. */
export interface RequestHead {
  readonly flat: FlatHeaders;
  /** Empty when there is none. */
  readonly host: string;
  /** The value of a header, or null. `name` is in lower case. */
  get(name: string): string | null;
  /** As node:http has them. */
  toRecord(): Readonly<Record<string, string>>;
}

export interface Reply {
  readonly status: number;
  /** Without content-length, which is the exchange's. */
  readonly headers: ReplyHeaders;
  readonly body: string | Buffer;
  readonly requestId: string;
}

/** Checked headers in the two forms in which they are sent. */
export interface ReplyHeaders {
  /** Lines with their ends. */
  readonly text: string;
  /** Names and values in turn. */
  readonly raw: readonly string[];
}

import { connect, type Socket } from "node:net";

/** How one request ended, seen by a client that forgives nothing. */
export type Ending =
  | {
      readonly kind: "answered";
      readonly status: number;
      readonly headers: ReadonlyMap<string, readonly string[]>;
      readonly body: string;
    }
  /** The connection was closed before the answer was whole. */
  | { readonly kind: "closed" }
  | { readonly kind: "silent" }
  /** What came is no single well-formed answer. */
  | { readonly kind: "malformed"; readonly message: string };

interface Head {
  readonly status: number;
  readonly headers: Map<string, string[]>;
}

const FIELD = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t\x20-\x7e\x80-\xff]*)$/;
/** How long a connection is watched for bytes that nobody asked for, milliseconds. */
const AFTERMATH_MS = 20;

/** One GET on a connection of its own. Bytes after the answer's end, such as a second answer, make it malformed. */
export async function ask(gatewayUrl: string, target: string, timeoutMs: number): Promise<Ending> {
  const { hostname, port, host } = new URL(gatewayUrl);
  const socket = connect(Number(port), hostname);
  try {
    return await new Promise<Ending>((resolve) => {
      const timer = setTimeout(() => resolve({ kind: "silent" }), timeoutMs);
      timer.unref();
      readAnswer(socket, resolve);
      socket.write(`GET ${target} HTTP/1.1\r\nhost: ${host}\r\n\r\n`);
    });
  } finally {
    socket.destroy();
  }
}

function readAnswer(socket: Socket, resolve: (ending: Ending) => void): void {
  let received = Buffer.alloc(0);
  let isWhole = false;
  socket.on("data", (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    const ending = parse(received);
    if (ending === null) return;
    if (ending.kind !== "answered") resolve(ending);
    else if (!isWhole) setTimeout(() => resolve(ending), AFTERMATH_MS);
    isWhole = true;
  });
  socket.on("error", () => resolve({ kind: "closed" }));
  socket.on("close", () => {
    if (!isWhole) resolve({ kind: "closed" });
  });
}

/** Null while more must come. */
function parse(received: Buffer): Ending | null {
  const end = received.indexOf("\r\n\r\n");
  if (end === -1) return null;
  const head = parseHead(received.toString("latin1", 0, end));
  if (typeof head === "string") return { kind: "malformed", message: head };
  const { status, headers } = head;
  const rest = received.subarray(end + 4);
  const lengths = headers.get("content-length") ?? [];
  const codings = headers.get("transfer-encoding") ?? [];
  if (lengths.length + codings.length > 1)
    return { kind: "malformed", message: "two ways to tell the length" };
  const isBodyless = status === 204 || status === 304;
  if (isBodyless && codings.length > 0) return { kind: "malformed", message: "a body where none may be" };
  let body: Buffer | string | null;
  if (isBodyless) body = Buffer.alloc(0);
  else if (codings.length > 0) body = parseChunks(rest);
  else if (/^\d+$/.test(lengths[0] ?? ""))
    body = rest.length < Number(lengths[0]) ? null : rest.subarray(0, Number(lengths[0]));
  else return { kind: "malformed", message: "no way to tell the length" };
  if (body === null) return null;
  if (typeof body === "string") return { kind: "malformed", message: body };
  const isChunked = !isBodyless && codings.length > 0;
  if (!isChunked && rest.length > body.length)
    return { kind: "malformed", message: "bytes after the answer" };
  return { kind: "answered", status, headers, body: body.toString("latin1") };
}

/** A text says what is wrong. */
function parseHead(text: string): Head | string {
  const [statusLine = "", ...lines] = text.split("\r\n");
  const status = /^HTTP\/1\.1 ([2-5]\d\d) [\t\x20-\x7e]*$/.exec(statusLine)?.[1];
  if (status === undefined) return `the status line is ${JSON.stringify(statusLine)}`;
  const headers = new Map<string, string[]>();
  for (const line of lines) {
    const [, name, value = ""] = FIELD.exec(line) ?? [];
    if (name === undefined) return `a header line is ${JSON.stringify(line.slice(0, 200))}`;
    headers.set(name.toLowerCase(), [...(headers.get(name.toLowerCase()) ?? []), value]);
  }
  return { status: Number(status), headers };
}

/** Null while more must come; a text says what is wrong. */
function parseChunks(bytes: Buffer): Buffer | string | null {
  const chunks: Buffer[] = [];
  let at = 0;
  for (;;) {
    const lineEnd = bytes.indexOf("\r\n", at);
    if (lineEnd === -1) return null;
    const line = bytes.toString("latin1", at, lineEnd);
    if (!/^[0-9a-fA-F]{1,8}$/.test(line)) return `a chunk begins with ${JSON.stringify(line.slice(0, 50))}`;
    const size = Number.parseInt(line, 16);
    const end = lineEnd + 2 + size + 2;
    if (bytes.length < end) return null;
    if (bytes.toString("latin1", end - 2, end) !== "\r\n") return "a chunk does not end where it should";
    if (size === 0) return bytes.length > end ? "bytes after the answer" : Buffer.concat(chunks);
    chunks.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = end;
  }
}

import { type IncomingMessage, type ServerResponse, createServer, request as send } from "node:http";

/** What becomes of one request. */
export type Fate =
  | { readonly kind: "pass" }
  /** Answered here; the server behind never hears of it. */
  | { readonly kind: "answer"; readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  /** Nothing comes back for as long as the client waits. */
  | { readonly kind: "hang" }
  /** The server behind does it, and the answer is lost. */
  | { readonly kind: "loseAnswer"; readonly atOnce?: () => void }
  /** The connection breaks before the server behind hears of it. */
  | { readonly kind: "drop"; readonly atOnce?: () => void };

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly atMs: number;
}

/** An HTTP proxy in front of one server, whose requests meet the fate that the test gives them. */
export class FaultProxy {
  /** Decides about each request; all pass until a test says otherwise. */
  fate: (seen: SeenRequest) => Fate = () => ({ kind: "pass" });
  readonly seen: SeenRequest[] = [];
  readonly #server;
  #port = 0;
  #isCut = false;

  private constructor(target: string) {
    this.#server = createServer((request, response) => this.#serve(target, request, response));
    this.#server.on("connection", (socket) => {
      if (this.#isCut) socket.destroy();
    });
  }

  static async start(target: string): Promise<FaultProxy> {
    const proxy = new FaultProxy(target);
    await new Promise<void>((resolve) => {
      proxy.#server.listen(0, "127.0.0.1", resolve);
    });
    const address = proxy.#server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    proxy.#port = address.port;
    return proxy;
  }

  get host(): string {
    return `127.0.0.1:${this.#port}`;
  }

  get url(): string {
    return `http://${this.host}`;
  }

  /** Breaks every connection, and refuses new ones until `mend`. */
  cut(): void {
    this.#isCut = true;
    this.#server.closeAllConnections();
  }

  mend(): void {
    this.#isCut = false;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => {
      this.#server.close(resolve);
    });
  }

  #serve(target: string, request: IncomingMessage, response: ServerResponse): void {
    const seen = { method: request.method ?? "GET", path: request.url ?? "/", atMs: Date.now() };
    this.seen.push(seen);
    const fate = this.fate(seen);
    switch (fate.kind) {
      case "pass":
        return forward(target, request, response);
      case "answer":
        request.resume();
        response.writeHead(fate.status, { "content-type": "application/json", ...fate.headers });
        response.end(JSON.stringify({ message: "a fault of the test" }));
        return;
      case "hang":
        request.resume();
        return;
      case "loseAnswer":
        forward(target, request, null, () => {
          fate.atOnce?.();
          response.destroy();
        });
        return;
      case "drop":
        fate.atOnce?.();
        response.destroy();
        return;
      default:
        fate satisfies never;
    }
  }
}

/** Sends a request on; its answer goes back, or is read and lost, after which `done` is called. */
function forward(
  target: string,
  request: IncomingMessage,
  response: ServerResponse | null,
  done: () => void = () => undefined,
): void {
  const { host: _host, ...headers } = request.headers;
  const onward = send(new URL(request.url ?? "/", target), { method: request.method ?? "GET", headers });
  onward.on("response", (answer) => {
    if (response === null) {
      answer.resume().on("end", done);
      return;
    }
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
    response.on("close", () => answer.destroy());
  });
  onward.on("error", () => {
    if (response === null) done();
    else response.destroy();
  });
  response?.on("close", () => onward.destroy());
  request.pipe(onward);
}

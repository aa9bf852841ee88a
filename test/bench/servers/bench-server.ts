/** A server under test, on one core. */
export interface BenchServer {
  readonly name: string;
  readonly version: string;
  readonly host: string;
  readonly port: number;
  /** The process that the server, and all of its children, hang on. */
  readonly pid: number;
  stop(): Promise<void>;
}

/** One handler module in each of the dialects, saying the same. */
export interface BenchScript {
  readonly name: string;
  /** `export default { fetch }`, for Showrunner and workerd. */
  readonly module: string;
  /** What the right answer's body is. */
  readonly body: string;
}

export function helloScript(name: string, body = "hello"): BenchScript {
  const module = `export default {
  fetch() {
    return new Response(${JSON.stringify(body)}, { headers: { "content-type": "text/plain" } });
  },
};
`;
  return { name, module, body };
}

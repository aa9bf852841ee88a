import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { runCli } from "#app/cli/run-cli.ts";

/** What one command line printed, and how it ended. */
export interface CliRun {
  readonly code: number;
  readonly out: string;
  readonly log: string;
}

/** Runs a command line in this process, as the installed program would. */
export async function runCommand(
  args: readonly string[],
  env: Record<string, string>,
  stdin = "",
): Promise<CliRun> {
  let [out, log] = ["", ""];
  const code = await runCli(args, "0.0.0", {
    cwd: process.cwd(),
    env,
    stdin: async () => stdin,
    out: (text) => {
      out += text;
    },
    log: (text) => {
      log += `${text}\n`;
    },
    colour: false,
    width: null,
    now: () => Date.now(),
    fetch: globalThis.fetch,
  });
  return { code, out, log };
}

/** A server that answers as the given function says; its address. */
export async function listen(
  answer: (request: IncomingMessage, response: ServerResponse, body: string) => void,
): Promise<{ readonly url: string; readonly server: Server }> {
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on("end", () => answer(request, response, body));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return { url: `http://127.0.0.1:${address.port}`, server };
}

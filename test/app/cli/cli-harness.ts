import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
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
    out: (part) => {
      out += part;
    },
    log: (line) => {
      log += `${line}\n`;
    },
    colour: false,
    width: null,
    now: () => Date.now(),
    fetch: globalThis.fetch,
  });
  return { code, out, log };
}

/** What a control plane was asked. */
export interface Asked {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly authorization: string | undefined;
  /** Null without one. */
  readonly body: unknown;
}

type Answer = readonly [status: number, body: object];

/** Runs maya's command line against a control plane that gives these answers, the last one for good. */
export async function runAgainst(
  args: readonly string[],
  answers: readonly [...Answer[], Answer],
): Promise<CliRun & { readonly asked: readonly Asked[] }> {
  const asked: Asked[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method, url, headers } = request;
    const sent = await text(request);
    const [status, body] = answers[asked.length] ?? answers[answers.length - 1] ?? [500, {}];
    asked.push({
      method,
      url,
      authorization: headers.authorization,
      body: sent === "" ? null : JSON.parse(sent),
    });
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  };
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  try {
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    const env = {
      SHOWRUNNER_URL: `http://127.0.0.1:${address.port}`,
      SHOWRUNNER_TOKEN: "secret",
      USER: "maya",
    };
    return { ...(await runCommand(args, env)), asked };
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

const AUTHOR = {
  GIT_AUTHOR_NAME: "Test",
  GIT_AUTHOR_EMAIL: "test@example.com",
  GIT_COMMITTER_NAME: "Test",
  GIT_COMMITTER_EMAIL: "test@example.com",
  GIT_CONFIG_GLOBAL: "/dev/null",
};

/** A temporary folder that is removed by `end`. */
export async function temporaryFolder(): Promise<{ path: string; end(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), "showrunner-git-"));
  return { path, end: () => rm(path, { recursive: true, force: true }) };
}

/** Runs git as a person would, and returns what it prints. */
export async function git(cwd: string, ...args: string[]): Promise<string> {
  const { stdout } = await run("git", args, { cwd, env: { ...process.env, ...AUTHOR } });
  return stdout.trim();
}

/** A working tree with a branch main and no commits. */
export async function newRepository(path: string): Promise<void> {
  await mkdir(path, { recursive: true });
  await git(path, "init", "--quiet", "--initial-branch=main");
}

/** Writes files and commits them; returns the commit. */
export async function commit(
  path: string,
  files: Readonly<Record<string, string | Buffer>>,
  message = "Change",
): Promise<string> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(path, name)), { recursive: true });
    await writeFile(join(path, name), content);
  }
  await git(path, "add", "-A");
  await git(path, "commit", "--quiet", "--allow-empty", "-m", message);
  return git(path, "rev-parse", "HEAD");
}

export interface GitServer {
  /** URL of the repository that is served. */
  readonly url: string;
  /** Authorization headers seen, oldest first. */
  readonly authorizations: (string | undefined)[];
  /** Fetches seen: requests for the list of refs. */
  fetches: number;
  /** Command lines of all processes of this machine while git talked to the server. */
  commandLines: string;
  /** Called before a request is answered; a status ends it there. */
  intercept: (request: IncomingMessage) => Promise<number | null>;
  end(): Promise<void>;
}

/** Serves one repository over HTTP with `git http-backend`. */
export async function serveRepository(path: string): Promise<GitServer> {
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) =>
      response.destroy(error instanceof Error ? error : undefined),
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  const state: GitServer = {
    url: `http://127.0.0.1:${address.port}/repo.git`,
    authorizations: [],
    fetches: 0,
    commandLines: "",
    intercept: () => Promise.resolve(null),
    end: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    state.authorizations.push(request.headers.authorization);
    if (request.url?.includes("/info/refs")) state.fetches += 1;
    state.commandLines += await commandLines();
    const status = await state.intercept(request);
    if (status !== null) {
      response.writeHead(status).end();
      return;
    }
    await backend(path, request, response);
  }

  return state;
}

async function backend(path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? "/", "http://localhost");
  const child = spawn("git", ["http-backend"], {
    env: {
      PATH: process.env["PATH"],
      GIT_PROJECT_ROOT: join(path, ".git"),
      GIT_HTTP_EXPORT_ALL: "1",
      REQUEST_METHOD: request.method,
      PATH_INFO: url.pathname.replace("/repo.git", ""),
      QUERY_STRING: url.search.slice(1),
      CONTENT_TYPE: request.headers["content-type"] ?? "",
      GIT_PROTOCOL: String(request.headers["git-protocol"] ?? ""),
      HTTP_CONTENT_ENCODING: request.headers["content-encoding"] ?? "",
    },
  });
  child.stdin.on("error", () => undefined);
  request.pipe(child.stdin);
  const chunks: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  await once(child, "close");
  const output = Buffer.concat(chunks);
  const split = output.indexOf("\r\n\r\n");
  const headers = output.toString("latin1", 0, split).split("\r\n");
  let status = 200;
  for (const header of headers) {
    const [name = "", value = ""] = header.split(": ");
    if (name === "Status") status = Number(value.split(" ")[0]);
    else response.setHeader(name, value);
  }
  response.writeHead(status).end(output.subarray(split + 4));
}

async function commandLines(): Promise<string> {
  const names = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(
    names.map((name) => readFile(`/proc/${name}/cmdline`, "utf8").catch(() => "")),
  );
  return lines.join("\n").replaceAll("\0", " ");
}

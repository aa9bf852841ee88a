import { spawn } from "node:child_process";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createWriteStream } from "node:fs";
import { open, unlink } from "node:fs/promises";
import { randomUUID } from "node:crypto";
import path from "node:path";
import { Transform, type TransformCallback } from "node:stream";
import { pipeline } from "node:stream/promises";
import { HttpError } from "../http-error.ts";
import { GIT_ENVIRONMENT } from "./run-git.ts";

const HEAD_BYTES_MAX = 16 * 1024;
const DURATION_MS_MAX = 300_000;
/** A push, or the list of what a fetch already has, may be this large. */
const BODY_BYTES_MAX = 256 * 1024 * 1024;

export type BackendRequest = {
  /** The folder of all repositories. */
  root: string;
  /** Below the root, e.g. `/acme/artwork.git/info/refs`. */
  pathInfo: string;
  query: string;
  /** Who asks, for git's own log; empty for nobody. */
  user: string;
};

/**
 * Writes a request's body to a file, so that a slow sender holds no lock and no git process.
 * Throws 413 when it is larger than 256 MiB.
 */
export async function spoolBody(request: IncomingMessage, folder: string): Promise<string> {
  const file = path.join(folder, `body-${randomUUID()}`);
  let bytes = 0;
  const limit = new Transform({
    transform(chunk: Buffer, _encoding, done: TransformCallback) {
      bytes += chunk.length;
      if (bytes > BODY_BYTES_MAX) done(new HttpError(413, "Request body is too large"));
      else done(null, chunk);
    },
  });
  try {
    await pipeline(request, limit, createWriteStream(file, { mode: 0o600 }));
  } catch (error) {
    await unlink(file).catch(() => undefined);
    throw error;
  }
  return file;
}

/**
 * Runs `git http-backend` (CGI) with a spooled body, or none. `beforeEnd` runs when git is done and before the
 * last byte is answered, so that a pusher who was answered can rely on what follows from the push.
 */
export async function runBackend(
  request: IncomingMessage,
  response: ServerResponse,
  { root, pathInfo, query, user }: BackendRequest,
  bodyFile: string | undefined,
  beforeEnd: () => Promise<void>,
): Promise<void> {
  const body = bodyFile === undefined ? undefined : await open(bodyFile);
  try {
    const size = body === undefined ? 0 : (await body.stat()).size;
    const child = spawn("git", ["http-backend"], {
      env: {
        ...GIT_ENVIRONMENT,
        GIT_PROJECT_ROOT: root,
        GIT_HTTP_EXPORT_ALL: "1",
        GIT_HTTP_MAX_REQUEST_BUFFER: "50M",
        PATH_INFO: pathInfo,
        QUERY_STRING: query,
        REQUEST_METHOD: request.method,
        CONTENT_TYPE: request.headers["content-type"] ?? "",
        CONTENT_LENGTH: String(size),
        HTTP_CONTENT_ENCODING: request.headers["content-encoding"] ?? "",
        GIT_PROTOCOL: protocolOf(request),
        REMOTE_USER: user,
        REMOTE_ADDR: request.socket.remoteAddress ?? "",
      },
      stdio: [body?.fd ?? "ignore", "pipe", "ignore"],
      timeout: DURATION_MS_MAX,
      killSignal: "SIGKILL",
    });
    const closed = new Promise<void>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", () => resolve());
    });
    // A client that goes away takes a fetch with it; a push that has come whole is carried out.
    if (bodyFile === undefined || pathInfo.endsWith("/git-upload-pack"))
      response.once("close", () => child.kill());
    if (child.stdout === null) throw new Error("git http-backend has no output");
    await relay(child.stdout, response);
    await closed;
    await beforeEnd();
    response.end();
  } finally {
    await body?.close();
  }
}

/** Passes a CGI answer on: its header lines, then its body. Leaves the response open. */
async function relay(output: AsyncIterable<Buffer>, response: ServerResponse): Promise<void> {
  let head: Buffer | undefined = Buffer.alloc(0);
  for await (const chunk of output) {
    if (head === undefined) {
      await write(response, chunk);
      continue;
    }
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf("\r\n\r\n");
    if (end < 0 && head.length > HEAD_BYTES_MAX) throw new Error("git http-backend sent no header");
    if (end < 0) continue;
    const { status, headers } = parseHead(head.toString("latin1", 0, end));
    response.writeHead(status, headers);
    await write(response, head.subarray(end + 4));
    head = undefined;
  }
  if (head !== undefined) throw new Error("git http-backend ended without an answer");
}

async function write(response: ServerResponse, chunk: Buffer): Promise<void> {
  if (chunk.length === 0 || response.write(chunk) || response.destroyed) return;
  await new Promise<void>((resolve) => {
    const done = () => {
      response.off("drain", done).off("close", done);
      resolve();
    };
    response.once("drain", done).once("close", done);
  });
}

function parseHead(text: string): { status: number; headers: Record<string, string> } {
  const headers: Record<string, string> = {};
  let status = 200;
  for (const line of text.split("\r\n")) {
    const colon = line.indexOf(":");
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (name === "status") status = Number.parseInt(value, 10);
    else headers[name] = value;
  }
  return { status, headers };
}

// The header goes into git's environment: only what git's own clients send.
function protocolOf(request: IncomingMessage): string {
  const value = request.headers["git-protocol"];
  return typeof value === "string" && /^[a-z0-9=:]{1,64}$/.test(value) ? value : "";
}

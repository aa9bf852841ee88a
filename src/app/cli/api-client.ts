import { readFile } from "node:fs/promises";
import path from "node:path";
import { CliError, type CliContext } from "./cli-context.ts";

const URL_DEFAULT = "http://127.0.0.1:4400";
const HOME_DEFAULT = ".showrunner";
const READ_TIMEOUT_MS = 15_000;
// The answer comes when it is committed to the fleet repository, after the commits before it.
const ORDER_TIMEOUT_MS = 60_000;
const ANSWER_BYTES_MAX = 64 * 1024 * 1024;

export type ApiAnswer =
  | { readonly ok: true; readonly body: unknown }
  /** The server said no: `message` is its own. */
  | { readonly ok: false; readonly status: number; readonly message: string; readonly body: unknown };

/** The control plane could not be asked; a moment later it may be. */
export class UnreachableError extends CliError {
  constructor(message: string) {
    super(3, message);
    this.name = "UnreachableError";
  }
}

/** Answers that mean no; anything else that is no success means that the server could not be asked. */
const refusals = new Set([404, 409]);

/**
 * GETs one resource of the control plane at SHOWRUNNER_URL, with the token from SHOWRUNNER_TOKEN or
 * $SHOWRUNNER_HOME/token. Exits with 3 when there is no usable answer.
 */
export async function getApi(resource: string, context: CliContext): Promise<ApiAnswer> {
  return ask(resource, { method: "GET" }, context);
}

/** POSTs JSON to the control plane, likewise. Exits with 2 when it finds the request wrong. */
export async function postApi(resource: string, body: object, context: CliContext): Promise<ApiAnswer> {
  return ask(resource, { method: "POST", body: JSON.stringify(body) }, context);
}

/** Where the control plane is, and the headers that it wants from us. Exits with 2 when SHOWRUNNER_URL is no address. */
export async function apiPlace(
  context: CliContext,
): Promise<{ readonly base: string; readonly headers: Readonly<Record<string, string>> }> {
  const base = context.env["SHOWRUNNER_URL"] || URL_DEFAULT;
  if (!URL.canParse(base) || !/^https?:$/.test(new URL(base).protocol)) {
    throw new CliError(2, `SHOWRUNNER_URL is no http or https address: ${base}`);
  }
  const token = await readToken(context);
  return { base, headers: token === null ? {} : { authorization: `Bearer ${token}` } };
}

async function ask(
  resource: string,
  request: { readonly method: string; readonly body?: string },
  context: CliContext,
): Promise<ApiAnswer> {
  const { base, headers: own } = await apiPlace(context);
  const headers: Record<string, string> = { accept: "application/json", ...own };
  if (request.body !== undefined) headers["content-type"] = "application/json";
  let response: Response;
  let text: string;
  try {
    const signal = AbortSignal.timeout(request.body === undefined ? READ_TIMEOUT_MS : ORDER_TIMEOUT_MS);
    // The token is for this server alone, wherever it may point to.
    response = await context.fetch(new URL(resource, base), {
      ...request,
      headers,
      signal,
      redirect: "error",
    });
    text = await boundedText(response);
  } catch (error) {
    throw new UnreachableError(
      `Could not reach ${base}: ${reasonOf(error)}. Set SHOWRUNNER_URL, or run npm start.`,
    );
  }
  const body = parseJson(text);
  if (response.ok && body !== undefined) return { ok: true, body };
  const { status } = response;
  const message = errorMessage(body) ?? `it answered ${status}`;
  if (refusals.has(status)) return { ok: false, status, message, body };
  if (status >= 500) throw new UnreachableError(`${base} cannot answer ${resource} now: ${message}`);
  throw new CliError(status === 400 ? 2 : 3, `${base} refused ${resource}: ${message}`);
}

async function readToken(context: CliContext): Promise<string | null> {
  const given = context.env["SHOWRUNNER_TOKEN"];
  if (given !== undefined && given !== "") return given;
  const home = path.resolve(context.cwd, context.env["SHOWRUNNER_HOME"] || HOME_DEFAULT);
  const text = await readFile(path.join(home, "token"), "utf8").catch(() => null);
  const token = text?.trim() ?? "";
  return /^[\u0021-\u007e]{1,4096}$/.test(token) ? token : null;
}

async function boundedText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > ANSWER_BYTES_MAX) throw new Error("the answer is too large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function errorMessage(body: unknown): string | null {
  if (typeof body !== "object" || body === null || !("error" in body)) return null;
  const { error } = body;
  if (typeof error !== "object" || error === null || !("message" in error)) return null;
  return typeof error.message === "string" ? error.message : null;
}

/** Why a request came to nothing, in words. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return "no reason given";
  return error.cause instanceof Error && error.cause.message !== "" ? error.cause.message : error.message;
}

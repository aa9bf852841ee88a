import { readFile } from "node:fs/promises";
import path from "node:path";
import { CliError, type CliContext } from "./cli-context.ts";

const URL_DEFAULT = "http://127.0.0.1:4400";
const HOME_DEFAULT = ".showrunner";
const TIMEOUT_MS = 15_000;
const ANSWER_BYTES_MAX = 64 * 1024 * 1024;

export type ApiAnswer =
  | { readonly ok: true; readonly body: unknown }
  /** The server said no: `message` is its own. */
  | { readonly ok: false; readonly status: number; readonly message: string };

/**
 * GETs one resource of the control plane at SHOWRUNNER_URL, with the token from SHOWRUNNER_TOKEN or
 * $SHOWRUNNER_HOME/token. Exits with 3 when there is no usable answer.
 */
export async function getApi(resource: string, context: CliContext): Promise<ApiAnswer> {
  const base = context.env["SHOWRUNNER_URL"] || URL_DEFAULT;
  if (!URL.canParse(base) || !/^https?:$/.test(new URL(base).protocol)) {
    throw new CliError(2, `SHOWRUNNER_URL is no http or https address: ${base}`);
  }
  const token = await readToken(context);
  const headers: Record<string, string> = { accept: "application/json" };
  if (token !== null) headers["authorization"] = `Bearer ${token}`;
  let response: Response;
  let text: string;
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    // The token is for this server alone, wherever it may point to.
    response = await context.fetch(new URL(resource, base), { headers, signal, redirect: "error" });
    text = await boundedText(response);
  } catch (error) {
    throw new CliError(
      3,
      `Could not reach ${base}: ${reasonOf(error)}. Set SHOWRUNNER_URL, or run npm start.`,
    );
  }
  const body = parseJson(text);
  if (response.ok && body !== undefined) return { ok: true, body };
  const message = errorMessage(body) ?? `it answered ${response.status}`;
  if (response.status === 404 || response.status === 409)
    return { ok: false, status: response.status, message };
  throw new CliError(3, `${base} refused ${resource}: ${message}`);
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

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return "no reason given";
  return error.cause instanceof Error && error.cause.message !== "" ? error.cause.message : error.message;
}

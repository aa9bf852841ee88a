import { createHash, createVerify, type KeyObject } from "node:crypto";
import { HttpError } from "./http-error.ts";
import type { Account, Installation, InstallationToken } from "./records.ts";
import type { Store } from "./store.ts";

/** Who asks. */
export type Identity =
  | { kind: "anonymous" }
  | { kind: "user"; account: Account }
  | { kind: "app" }
  | { kind: "installation"; installation: Installation; token: InstallationToken };

export type IdentityContext = {
  store: Store;
  /** sha256 of a user's token to the login, so that a token is never compared byte by byte. */
  userTokens: ReadonlyMap<string, string>;
  appId: number;
  appKey: KeyObject;
};

const CLOCK_SLACK_S = 60;
const JWT_LIFE_S_MAX = 600;

/** Says who sent an `Authorization` header. Throws 401 where one was sent and is not good. */
export function identify(context: IdentityContext, header: string | undefined, nowMs: number): Identity {
  if (header === undefined) return { kind: "anonymous" };
  const token = tokenOf(header);
  if (token.split(".").length === 3) return appIdentity(context, token, nowMs);
  const digest = digestOf(token);
  const login = context.userTokens.get(digest);
  if (login !== undefined) {
    const account = context.store.accounts.find(0, login.toLowerCase());
    if (account !== undefined) return { kind: "user", account };
  }
  const issued = context.store.installationTokens.find(0, digest);
  const installation = issued && context.store.installations.get(issued.installationId);
  if (issued === undefined || installation === undefined || issued.expiresAtMs <= nowMs) {
    throw new HttpError(401, "Bad credentials");
  }
  return { kind: "installation", installation, token: issued };
}

export function digestOf(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

// `token T` and `Bearer T` for REST; `Basic` with the token as the password (or the user) for git.
function tokenOf(header: string): string {
  const [scheme = "", value = ""] = header.split(/ +/, 2);
  switch (scheme.toLowerCase()) {
    case "token":
    case "bearer":
      return value;
    case "basic": {
      const [user = "", password = ""] = Buffer.from(value, "base64").toString("utf8").split(":", 2);
      return password === "" || password === "x-oauth-basic" ? user : password;
    }
    default:
      throw new HttpError(401, "Bad credentials");
  }
}

function appIdentity(context: IdentityContext, token: string, nowMs: number): Identity {
  const [header = "", payload = "", signature = ""] = token.split(".");
  const undecodable = new HttpError(401, "A JSON web token could not be decoded");
  if (decode(header)?.["alg"] !== "RS256") throw undecodable;
  const genuine = createVerify("RSA-SHA256")
    .update(`${header}.${payload}`)
    .verify(context.appKey, Buffer.from(signature, "base64url"));
  const claims = decode(payload);
  if (!genuine || claims === undefined) throw undecodable;
  const nowS = nowMs / 1000;
  const expires = Number(claims["exp"]);
  const issuedAt = Number(claims["iat"]);
  if (!(expires > nowS))
    throw new HttpError(
      401,
      "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
    );
  if (expires > nowS + JWT_LIFE_S_MAX + CLOCK_SLACK_S)
    throw new HttpError(401, "'Expiration time' claim ('exp') is too far in the future");
  if (!(issuedAt <= nowS + CLOCK_SLACK_S))
    throw new HttpError(
      401,
      "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
    );
  if (String(claims["iss"]) !== String(context.appId)) throw new HttpError(401, "Integration not found");
  return { kind: "app" };
}

function decode(part: string): Record<string, unknown> | undefined {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
    return typeof parsed === "object" && parsed !== null ? { ...parsed } : undefined;
  } catch {
    return undefined;
  }
}

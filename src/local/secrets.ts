import { generateKeyPair, randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { errorCode } from "./error-code.ts";
import type { Home } from "./home.ts";
import { REGIONS } from "./ports.ts";

/** A person on the local GitHub, in the form it reads. */
export interface Person {
  readonly login: string;
  readonly name: string;
  readonly email: string;
  readonly token: string;
  readonly admin: boolean;
}

/** All keys and tokens of one platform; made once, each in a file of its own that only this user can read. */
export interface Secrets {
  /** PEM of the GitHub App's RSA key. */
  readonly appPrivateKey: string;
  readonly webhookSecret: string;
  readonly operator: Person;
  readonly maya: Person;
  readonly jonas: Person;
  /** One file a region, named after it. */
  readonly registrationFolder: string;
  /** Holds the token of CLI and API clients. */
  readonly apiTokenFile: string;
}

export async function loadSecrets(home: Home): Promise<Secrets> {
  const registrationFolder = join(home.keys, "registration");
  mkdirSync(registrationFolder, { recursive: true, mode: 0o700 });
  for (const region of REGIONS) await keep(join(registrationFolder, region), newToken);
  const apiTokenFile = join(home.path, "token");
  await keep(apiTokenFile, newToken);
  const person = async (login: string, name: string, admin: boolean): Promise<Person> => ({
    login,
    name,
    email: `${login}@acme.example`,
    token: await keep(join(home.keys, `${login}.token`), newToken),
    admin,
  });
  return {
    appPrivateKey: await keep(join(home.keys, "app.pem"), newRsaKey),
    webhookSecret: await keep(join(home.keys, "webhook-secret"), newToken),
    operator: await person("operator", "Olu Operator", true),
    maya: await person("maya", "Maya Lindqvist", false),
    jonas: await person("jonas", "Jonas Weber", false),
    registrationFolder,
    apiTokenFile,
  };
}

/** The file's text; where there is none, it is made by `create`. Never half-written: a kill in between leaves no file. */
async function keep(path: string, create: () => Promise<string> | string): Promise<string> {
  try {
    return readFileSync(path, "utf8").trim();
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
  }
  const value = await create();
  writePrivate(path, `${value}\n`);
  return value;
}

/** Replaces a file that only this user can read. */
export function writePrivate(path: string, text: string): void {
  const temporary = `${path}.new`;
  writeFileSync(temporary, text, { mode: 0o600 });
  chmodSync(temporary, 0o600);
  renameSync(temporary, path);
}

function newToken(): string {
  return randomBytes(24).toString("base64url");
}

async function newRsaKey(): Promise<string> {
  const { privateKey } = await promisify(generateKeyPair)("rsa", { modulusLength: 2048 });
  return privateKey.export({ type: "pkcs8", format: "pem" }).toString().trim();
}

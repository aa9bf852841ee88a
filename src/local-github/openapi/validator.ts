import { Ajv, type AnySchema, type ValidateFunction } from "ajv";
import addFormats from "ajv-formats";
import { readSlice } from "./read-slice.ts";
import type { Webhook } from "./used.ts";

/** An answer or webhook that does not fit GitHub's description. */
export type Violation = { what: string; problems: string[] };

const VIOLATIONS_MAX = 1000;
const PROBLEMS_MAX = 5;
const NO_BODY = "";

/**
 * Checks what the local GitHub sends against GitHub's own description and collects what does not fit.
 * Compiles a schema when it is first needed; components are shared by `$ref`, not copied into each.
 */
export class Validator {
  readonly #ajv: Ajv;
  readonly #compiled = new Map<string, ValidateFunction | undefined>();
  readonly #violations: Violation[] = [];
  readonly #responses: Map<string, Record<string, string>>;

  constructor() {
    this.#ajv = createAjv();
    const rest = readSlice("rest.json");
    this.#ajv.addSchema(rest);
    this.#ajv.addSchema(readSlice("webhooks.json"));
    this.#responses = responsePointers(rest);
  }

  get violations(): readonly Violation[] {
    return this.#violations;
  }

  /** The problems of an answer to `operation` ("checks/create"), also kept in `violations`. */
  response(operation: string, status: number, body: unknown): string[] {
    const pointer = this.#responses.get(operation)?.[String(status)];
    if (pointer === undefined) {
      // GitHub's description leaves out many errors, but every success is in it.
      return status < 400 ? this.#record(`${operation} ${status}`, ["this status is not described"]) : [];
    }
    if (pointer === NO_BODY) {
      return body === undefined || status >= 400
        ? []
        : this.#record(`${operation} ${status}`, ["no body is described"]);
    }
    return this.#check(`${operation} ${status}`, pointer, body);
  }

  webhook(name: Webhook, body: unknown): string[] {
    return this.#check(
      `webhook ${name}`,
      `https://local-github.invalid/webhooks.json#/webhooks/${name}`,
      body,
    );
  }

  #check(what: string, pointer: string, body: unknown): string[] {
    const validate = this.#compile(pointer);
    if (validate === undefined || validate(body)) return [];
    const problems = (validate.errors ?? []).map(
      (error) =>
        `${error.instancePath || "/"} ${error.message ?? "is wrong"} ${JSON.stringify(error.params)}`,
    );
    return this.#record(what, problems);
  }

  #compile(pointer: string): ValidateFunction | undefined {
    if (!this.#compiled.has(pointer)) this.#compiled.set(pointer, this.#ajv.compile({ $ref: pointer }));
    return this.#compiled.get(pointer);
  }

  #record(what: string, problems: string[]): string[] {
    const kept = problems.slice(0, PROBLEMS_MAX);
    if (this.#violations.length < VIOLATIONS_MAX) this.#violations.push({ what, problems: kept });
    return kept;
  }
}

/** Formats of GitHub's that are nobody else's. */
export function addGithubFormats(ajv: Ajv): Ajv {
  addFormats.default(ajv);
  ajv.addFormat("repo.nwo", /^[^/]+\/[^/]+$/);
  ajv.addFormat("timestamp", true);
  // A commit's address is whatever its author typed, and a bot's has brackets.
  ajv.addFormat("email", true);
  return ajv;
}

function createAjv(): Ajv {
  const ajv = new Ajv({ strict: false, validateSchema: false, allErrors: false, logger: false });
  return addGithubFormats(ajv);
}

/** operationId to status to where the schema of the JSON answer is in the document. */
function responsePointers(document: AnySchema): Map<string, Record<string, string>> {
  const found = new Map<string, Record<string, string>>();
  for (const [route, item] of entries(at(document, "paths"))) {
    for (const [method, operation] of entries(item)) {
      const base = ["paths", route, method, "responses"];
      const byStatus: Record<string, string> = {};
      for (const [status, response] of entries(at(operation, "responses"))) {
        byStatus[status] = schemaPointer(document, [...base, status], response);
      }
      found.set(String(at(operation, "operationId")), byStatus);
    }
  }
  return found;
}

function schemaPointer(document: AnySchema, keys: readonly string[], response: unknown): string {
  const reference = at(response, "$ref");
  if (typeof reference === "string") {
    const target = reference.replace(/^#\//, "").split("/");
    const component = target.reduce<unknown>((node, key) => at(node, key), document);
    return schemaPointer(document, target, component);
  }
  const content = at(response, "content");
  const media = at(content, "application/json") === undefined ? entries(content)[0]?.[0] : "application/json";
  if (media === undefined) return NO_BODY;
  const whole = [...keys, "content", media, "schema"];
  const escaped = whole.map((key) => encodeURIComponent(key.replaceAll("~", "~0").replaceAll("/", "~1")));
  return `https://local-github.invalid/rest.json#/${escaped.join("/")}`;
}

function at(node: unknown, key: string): unknown {
  return entries(node).find(([name]) => name === key)?.[1];
}

function entries(node: unknown): [string, unknown][] {
  return typeof node === "object" && node !== null ? Object.entries(node) : [];
}
